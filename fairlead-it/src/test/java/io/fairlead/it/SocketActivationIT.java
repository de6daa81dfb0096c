package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The process below a service manager that opens its sockets. */
class SocketActivationIT {
  private static final Duration START = Duration.ofSeconds(40);

  @TempDir private static Path cache;
  private static Launched fairlead;
  @TempDir private Path dir;

  @BeforeAll
  static void find() {
    fairlead = Launched.built(cache);
  }

  @Test
  void socketsAreTakenByAddressAndByNameAndOutliveTheProcess() throws Exception {
    int web = NginxOrigin.freePort();
    int any = NginxOrigin.freePort();
    int chosen = NginxOrigin.freePort();
    int stray = NginxOrigin.freePort();
    Files.writeString(dir.resolve("stray.txt"), "");
    write(
        """
          web: { bind: "127.0.0.1:%d", proto: echo }
          every: { bind: "0.0.0.0:%d", proto: http, service: site }
          some: { bind: "127.0.0.1:0", proto: http, service: site }
          local: { bind: "unix:%s", proto: http, service: site }
        """
            .formatted(web, any, dir.resolve("web.sock")));
    List<String> sockets =
        List.of(
            "fairlead.socket=tcp=127.0.0.1:" + web,
            "fairlead.socket=udp=127.0.0.1:" + web,
            "fairlead.socket=tcp=:::" + any,
            "some=tcp=127.0.0.1:" + chosen,
            "fairlead.socket=unix=" + dir.resolve("web.sock"),
            "old=tcp=127.0.0.1:" + stray,
            "junk=file=" + dir.resolve("stray.txt"));
    try (Proc manager = SocketManager.start(fairlead, dir, Map.of(), sockets, words())) {
      manager.awaitLine("bound", START);
      // Nobody runs yet: these wait in the kernel.
      try (RawClient early = RawClient.connect(any);
          RawClient named = RawClient.connect(chosen);
          RawClient local = RawClient.connect(dir.resolve("web.sock"))) {
        for (RawClient each : List.of(early, named, local)) {
          each.timeout(START);
          assertThat(get(each)).as(manager.stderr()).isEqualTo("hello");
        }
      }
      assertThat(datagram(web)).isEqualTo("ping");
      manager.awaitLine("descriptor 8 (old)", START);
      String log = manager.stderr();
      assertThat(log).contains("W3403").contains("127.0.0.1:" + stray).contains("9 (junk)");
      assertThat(log.lines().filter(line -> line.contains("W3403")).count()).isEqualTo(2);

      long first = pid();
      signal(first, "TERM");
      await().atMost(START).until(() -> ProcessHandle.of(first).isEmpty());
      // Between two processes, or in the second already: nobody is refused either way.
      try (RawClient between = RawClient.connect(any);
          RawClient local = RawClient.connect(dir.resolve("web.sock"))) {
        between.timeout(START);
        local.timeout(START);
        assertThat(get(between)).isEqualTo("hello");
        assertThat(get(local)).isEqualTo("hello");
      }
      await().atMost(START).until(() -> Files.exists(dir.resolve("pid")) && pid() != first);
      signal(pid(), "TERM");
      assertThat(manager.awaitExit(START)).as(manager.stderr()).isZero();
    }
  }

  /** Those of a broker find their sessions in the next process, and nobody is refused between. */
  @Test
  void clientsOfABrokerWaitInTheKernelWhileItIsNotThere() throws Exception {
    int port = NginxOrigin.freePort();
    write("  mqtt: { bind: \"127.0.0.1:%d\", proto: mqtt }\n".formatted(port));
    List<String> sockets = List.of("fairlead.socket=tcp=127.0.0.1:" + port);
    MqttClients clients = new MqttClients(new InetSocketAddress("127.0.0.1", port), START);
    try (Proc manager = SocketManager.start(fairlead, dir, Map.of(), sockets, words())) {
      manager.awaitLine("bound", START);
      try (MqttLink early = clients.lasting("away")) { // nobody runs yet
        clients.subscribe(early, "kept/#", 1);
      }
      try (MqttLink publisher = clients.join("publisher")) {
        publisher.send(MqttClients.message("kept/one", 10, 1, 1));
        assertThat(publisher.take(START).orElseThrow())
            .isInstanceOfSatisfying(
                Packet.Ack.class, ack -> assertThat(ack.reason()).isEqualTo(ReasonCode.SUCCESS));
      }
      long first = pid();
      signal(first, "TERM");
      await().atMost(START).until(() -> ProcessHandle.of(first).isEmpty());
      try (MqttLink between = clients.lasting("away")) {
        assertThat(between.take(START).orElseThrow())
            .isInstanceOfSatisfying(
                Packet.Publish.class,
                message ->
                    assertThat(new String(message.topic(), StandardCharsets.UTF_8))
                        .isEqualTo("kept/one"));
      }
      await().atMost(START).until(() -> Files.exists(dir.resolve("pid")) && pid() != first);
      signal(pid(), "TERM");
      assertThat(manager.awaitExit(START)).as(manager.stderr()).isZero();
    }
  }

  @Test
  void socketsForAnotherProcessAreLeftAlone() throws Exception {
    int port = NginxOrigin.freePort();
    int other = NginxOrigin.freePort();
    write("  web: { bind: \"127.0.0.1:%d\", proto: http, service: site }\n".formatted(port));
    List<String> sockets = List.of("web=tcp=127.0.0.1:" + other);
    Map<String, String> off = Map.of("PID_OFF", "1");
    try (Proc manager = SocketManager.start(fairlead, dir, off, sockets, words())) {
      manager.awaitPort(port, START);
      await().atMost(START).until(() -> Files.exists(dir.resolve("pid")));
      try (RawClient client = RawClient.connect(port)) {
        assertThat(get(client)).isEqualTo("hello");
      }
      assertThat(manager.stderr()).doesNotContain("W3403");
      signal(pid(), "KILL");
      assertThat(manager.awaitExit(START)).isEqualTo(1);
    }
  }

  private static String[] words() {
    return new String[] {"run", "-c", "fairlead.yaml"};
  }

  private static String get(RawClient client) throws IOException {
    return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().text();
  }

  private static String datagram(int port) throws IOException {
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(10_000);
      byte[] ping = "ping".getBytes(StandardCharsets.US_ASCII);
      socket.send(new DatagramPacket(ping, ping.length, InetAddress.getLoopbackAddress(), port));
      DatagramPacket answer = new DatagramPacket(new byte[100], 100);
      socket.receive(answer);
      return new String(answer.getData(), 0, answer.getLength(), StandardCharsets.US_ASCII);
    }
  }

  private long pid() throws IOException {
    return Long.parseLong(Files.readString(dir.resolve("pid")).strip());
  }

  private static void signal(long pid, String name) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, Long.toString(pid)).start().waitFor())
        .isZero();
  }

  private void write(String listeners) throws IOException {
    String text =
        """
        version: 1
        runtime: { state_dir: state, pid_file: pid, drain: { stop: 5s, announce: 0s } }
        control: { listen: "127.0.0.1:0", socket: run/control.sock }
        http:
          site:
            default: true
            routes:
              - { id: all, match: { path: /* }, respond: { status: 200, body: hello } }
        listeners:
        """
            + listeners;
    Files.writeString(dir.resolve("fairlead.yaml"), text);
  }
}
