package io.fairlead.tunnel.agent.netty;

import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.http2.StreamLink;
import io.fairlead.net.proxyprotocol.codec.ProxyHeader;
import io.fairlead.net.proxyprotocol.codec.ProxyHeaderWriter;
import io.fairlead.net.splice.Splice;
import io.fairlead.net.splice.SpliceSettings;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.ServiceKind;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** What an agent serves, and the way there. Any thread. */
public final class LocalServices {
  /** Services whose streams a server may keep, for its sites or an upstream. */
  private static final Set<ServiceKind> KEPT =
      Set.of(ServiceKind.HTTP, ServiceKind.HTTPS, ServiceKind.TCP);

  private static final Duration CONNECT = Duration.ofSeconds(5);

  private final DirectDialer dialer;
  private final DatagramDialer datagrams;
  private final DestinationGuard chosen;
  private final EventLoop home;
  private final LocalConnections ready;
  private final Set<String> down = ConcurrentHashMap.newKeySet();
  private final AtomicLong live = new AtomicLong();
  private volatile Map<String, LocalService> services = Map.of();
  private long revision; // the owner's, as the next
  private boolean set;

  /**
   * @param chosen for destinations of the configuration
   * @param home where the driver of these services lives
   */
  public LocalServices(
      DirectDialer dialer, DatagramDialer datagrams, DestinationGuard chosen, EventLoop home) {
    this.dialer = dialer;
    this.datagrams = datagrams;
    this.chosen = chosen;
    this.home = home;
    this.ready = new LocalConnections(dialer, chosen);
  }

  /** Watches over those that want it; {@code changed} runs when what is offered changed. */
  HealthWatch watch(Runnable changed) {
    return new HealthWatch(this, dialer.on(home, chosen), changed);
  }

  EventLoop home() {
    return home;
  }

  /** These are the services from now on; streams that are open go on. */
  public void set(List<LocalService> next) {
    Map<String, LocalService> byName = new LinkedHashMap<>();
    for (LocalService each : next) byName.put(each.offer().name(), numbered(each));
    if (set) revision++;
    set = true;
    services = Collections.unmodifiableMap(byName); // in their order, which may decide who fits
    down.retainAll(byName.keySet());
    ready.set(all());
  }

  /** Requests to a service that is new or changed take no stream that was kept before. */
  private LocalService numbered(LocalService next) {
    if (!set || !KEPT.contains(next.offer().kind())) return next;
    LocalService former = services.get(next.offer().name());
    long its = former == null ? 0 : former.offer().requests().revision();
    return former != null && former.equals(next.at(its)) ? former : next.at(revision + 1);
  }

  List<LocalService> all() {
    return List.copyOf(services.values());
  }

  /** What the server is told: services that are not known to be down. */
  List<Offer> offers() {
    return services.values().stream()
        .map(LocalService::offer)
        .filter(offer -> !down.contains(offer.name()))
        .toList();
  }

  /** Whether that changed anything. */
  boolean reachable(String service, boolean now) {
    return now ? down.remove(service) : services.containsKey(service) && down.add(service);
  }

  /** Streams that are served now. */
  public long live() {
    return live.get();
  }

  /** A carrier serves streams on this loop, which calls. */
  void arrived(EventLoop loop) {
    ready.arrived(loop);
  }

  /** One that had arrived does not any more. */
  void left(EventLoop loop) {
    ready.left(loop);
  }

  /** Leads a stream to the service it asks for, on the stream's loop. */
  void serve(StreamLink.Asked stream, EventLoop loop) {
    LocalService service = services.get(stream.request().authority());
    boolean connect = stream.request().method().equals("CONNECT");
    if (service == null || !connect) {
      stream.refuse(404, "no_such_service");
      return;
    }
    Optional<String> protocol = stream.request().protocol();
    if (protocol.isPresent()) {
      Optional<Destination> to = service.exit().isEmpty() ? service.destination() : asked(stream);
      boolean udp =
          protocol.get().equals("connect-udp")
              && (service.offer().kind() == ServiceKind.UDP || service.exit().isPresent());
      DestinationGuard guard = service.exit().orElse(chosen);
      if (udp) new LocalDatagrams(stream, datagrams, guard, loop, live).begin(to);
      else stream.refuse(501, "no_such_protocol");
      return;
    }
    if (service.offer().kind() == ServiceKind.UDP) stream.refuse(501, "no_such_protocol");
    else connect(stream, loop, service);
  }

  private void connect(StreamLink.Asked stream, EventLoop loop, LocalService service) {
    Optional<Destination> to = service.exit().isEmpty() ? service.destination() : asked(stream);
    if (to.isEmpty()) {
      stream.refuse(400, "no_destination");
      return;
    }
    Optional<ReadyConnections.Taken> there = ready.take(service, loop);
    if (there.isPresent()) {
      join(stream, there.get().channel(), there.get().early(), service);
      return;
    }
    CompletableFuture<Channel> dial =
        dialer
            .on(loop, service.exit().orElse(chosen))
            .dial(to.get(), CONNECT)
            .toCompletableFuture();
    var _ =
        dial.whenComplete(
            (local, failure) -> {
              if (local == null) {
                stream.refuse(502, word(failure));
              } else if (!stream.waiting()) {
                local.close();
              } else {
                join(stream, local, Unpooled.EMPTY_BUFFER, service);
              }
            });
  }

  /** What the server wants an exit to connect to. */
  private static Optional<Destination> asked(StreamLink.Asked stream) {
    return stream
        .request()
        .field("fl-dst")
        .flatMap(text -> HostAndPort.parse(text, 1))
        .map(to -> new Destination.HostPort(to.host(), to.port()));
  }

  private void join(StreamLink.Asked stream, Channel local, ByteBuf early, LocalService service) {
    service
        .proxyProtocol()
        .ifPresent(version -> local.write(header(stream, version, local), local.voidPromise()));
    live.incrementAndGet();
    var _ =
        Splice.join(
            stream.accept(),
            local,
            Unpooled.EMPTY_BUFFER,
            early,
            SpliceSettings.DEFAULTS,
            (_, _, _) -> live.decrementAndGet());
    local.flush();
  }

  private static ByteBuf header(StreamLink.Asked stream, int version, Channel local) {
    Optional<InetSocketAddress> source = Addresses.parse(stream.request().field("fl-src"));
    Optional<InetSocketAddress> destination = Addresses.parse(stream.request().field("fl-dst"));
    ProxyHeader header =
        source.isPresent() && destination.isPresent()
            ? ProxyHeader.of(source.get(), destination.get(), List.of())
            : ProxyHeader.unknown(List.of());
    return version == 1
        ? ProxyHeaderWriter.version1(header, local.alloc())
        : ProxyHeaderWriter.version2(header, local.alloc());
  }

  static String word(@Nullable Throwable failure) {
    Throwable cause = failure instanceof CompletionException ? failure.getCause() : failure;
    return cause instanceof DialException known ? known.code() : "connect_failed";
  }
}
