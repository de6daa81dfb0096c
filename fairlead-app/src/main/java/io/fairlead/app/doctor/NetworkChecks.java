package io.fairlead.app.doctor;

import io.fairlead.app.GatewayConfig;
import io.fairlead.app.config.ListenerConfig;
import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.dial.Destination;
import io.fairlead.http.upstream.UpstreamConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Ports to bind and servers to reach. */
final class NetworkChecks {
  private static final int CONNECT_MILLIS_MAX = 3000;

  /** More servers than that are not asked. */
  private static final int SERVERS_MAX = 256;

  private NetworkChecks() {}

  static List<Finding> all(GatewayConfig config, Optional<RunningGateway> running) {
    List<Finding> findings = new ArrayList<>();
    for (ListenerConfig listener : config.listeners().values()) {
      port("port." + listener.id(), listener.bind(), running).ifPresent(findings::add);
    }
    if (config.control().enabled()) {
      config
          .control()
          .listen()
          .flatMap(address -> port("port.control", address, running))
          .ifPresent(findings::add);
    }
    findings.addAll(servers(config.upstreams().clusters()));
    return findings;
  }

  /** Whether the address can be bound now, and who has it when not. */
  static Optional<Finding> port(
      String check, ListenAddress bind, Optional<RunningGateway> running) {
    InetSocketAddress address =
        switch (bind) {
          case ListenAddress.Loopback(int port) -> new InetSocketAddress("127.0.0.1", port);
          case ListenAddress.Host(String host, int port) -> new InetSocketAddress(host, port);
          case ListenAddress.Unix _ -> new InetSocketAddress(0);
        };
    if (address.getPort() == 0) return Optional.empty();
    if (address.isUnresolved()) {
      return Optional.of(
          Finding.fail(check, address.getHostString() + " has no address", "write a literal one"));
    }
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(address);
      return Optional.of(Finding.ok(check, bind + " is free"));
    } catch (IOException taken) {
      Optional<PortHolder> holder = PortHolder.of(address.getPort());
      if (holder.isPresent() && running.isPresent() && holder.get().pid() == running.get().pid()) {
        return Optional.of(Finding.ok(check, bind + " is held by the running gateway"));
      }
      String who = holder.map(PortHolder::text).orElse("somebody this user may not see");
      return Optional.of(
          Finding.fail(
              check,
              bind + " cannot be bound: " + taken.getMessage() + "; held by " + who,
              "stop it, or choose another port"));
    }
  }

  /** Somebody to reach over TCP. */
  record Server(String check, String host, int port) {}

  private static List<Finding> servers(Map<String, UpstreamConfig> clusters) {
    List<Server> servers = new ArrayList<>();
    clusters.forEach(
        (id, cluster) -> {
          for (UpstreamConfig.EndpointConfig endpoint : cluster.endpoints()) {
            if (servers.size() >= SERVERS_MAX) return;
            if (endpoint.destination() instanceof Destination.HostPort(String host, int port)) {
              servers.add(new Server("upstream." + id, host, port));
            }
          }
        });
    return reach(servers);
  }

  /** One finding for each, in order; all are asked at the same time. */
  static List<Finding> reach(List<Server> servers) {
    List<Finding> findings = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<Finding>> asked = new ArrayList<>();
      for (Server server : servers) asked.add(threads.submit(() -> reach(server)));
      for (Future<Finding> each : asked) findings.add(each.get());
    } catch (ExecutionException bug) {
      throw new IllegalStateException(bug.getCause());
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
    return findings;
  }

  private static Finding reach(Server server) {
    String name = server.host() + ":" + server.port();
    InetAddress address;
    try {
      address = InetAddress.getByName(server.host());
    } catch (UnknownHostException unknown) {
      return Finding.fail(
          server.check(), server.host() + " has no address", "check the name and the DNS servers");
    }
    try (Socket socket = new Socket()) {
      socket.connect(new InetSocketAddress(address, server.port()), CONNECT_MILLIS_MAX);
      return Finding.ok(server.check(), name + " is up");
    } catch (IOException down) {
      return Finding.warn(
          server.check(), name + ": " + down.getMessage(), "start it, or mend its address");
    }
  }
}
