package io.fairlead.it.relay;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostSettings;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.relay.RelayClient;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.reservation.Reservation;
import io.fairlead.relay.service.ClassLimits;
import io.fairlead.relay.service.RelayPolicy;
import io.fairlead.relay.service.RelayService;
import io.fairlead.relay.service.RelayServiceSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** A node of ours that plays one of the three parts: relay, reserving or dialling. */
final class OurNode implements AutoCloseable {
  private static final String ECHO = "/fairlead/echo/1";
  private static final String HALF = "/fairlead/half/1";
  private static final Duration WITHIN = Duration.ofSeconds(60);

  final EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "relay-it");
  final PrivateKey key = PrivateKey.generate();
  final Host host;
  final RelayClient client;
  private Optional<RelayService> service = Optional.empty();

  OurNode(String security) throws Exception {
    HostSettings settings =
        HostSettings.DEFAULTS
            .listening(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"))
            .secured(HostSettings.Security.valueOf(security.toUpperCase(Locale.ROOT)));
    this.host = Host.start(key, settings, loops);
    this.client =
        new RelayClient(
            host, PeerGate.open(), false, Clock.system(), new Meters(new SimpleMeterRegistry()));
    client.start();
    answer(ECHO, stream -> stream.in().transferTo(stream.out()));
    answer(
        HALF,
        stream -> {
          long count = 0;
          byte[] buffer = new byte[8192];
          for (int n; (n = stream.in().read(buffer)) > 0; ) count += n;
          stream.out().write(Long.toString(count).getBytes(UTF_8));
        });
  }

  private interface Talk {
    void with(BlockingStream stream) throws IOException;
  }

  private void answer(String protocol, Talk talk) {
    host.handle(
        protocol,
        HandlerOptions.DEFAULTS.allowingLimited(),
        (channel, _) -> {
          BlockingStream stream = BlockingStream.of(channel);
          stream.timeout(WITHIN);
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (stream) {
                      talk.with(stream);
                    } catch (IOException gone) {
                      stream.reset(0);
                    }
                  });
        });
  }

  /** Where it listens, with its id. */
  Multiaddr at() {
    return host.listening().getFirst().withPeer(host.id());
  }

  /** Becomes a relay; a bound of 0 is none. */
  RelayService serve(Duration ttl, long seconds, long bytes) {
    CircuitLimit limit =
        new CircuitLimit(
            Optional.of(seconds).filter(n -> n > 0).map(Duration::ofSeconds),
            Optional.of(bytes).filter(n -> n > 0));
    RelayService relay =
        new RelayService(
            host,
            key,
            PeerGate.open(),
            RelayPolicy.open(),
            Watch.of(
                RelayServiceSettings.DEFAULTS
                    .in(RelayServiceSettings.Mode.ON)
                    .withLimits(new ClassLimits(ttl, Limit.OFF, limit, Limit.OFF))
                    .withRates(Optional.empty(), Optional.empty())),
            Clock.system(),
            new Meters(new SimpleMeterRegistry()));
    relay.start();
    service = Optional.of(relay);
    return relay;
  }

  Reservation reserve(Multiaddr relay) throws Exception {
    PeerId id = relay.peerId().orElseThrow();
    return get(client.reservations().reserve(id, List.of(relay)));
  }

  Connection dial(Multiaddr address) throws Exception {
    return get(host.connect(address.peerId().orElseThrow(), List.of(address)));
  }

  /** Sends text and compares what comes back. */
  void echo(PeerId peer, String text) throws Exception {
    BlockingStream stream = open(peer, ECHO);
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    stream.out().write(text.getBytes(UTF_8));
                    stream.closeWrite();
                  } catch (IOException failed) {
                    stream.reset(1);
                  }
                });
    assertThat(new String(stream.in().readAllBytes(), UTF_8)).isEqualTo(text);
    assertThat(writer.join(WITHIN)).isTrue();
    stream.close();
  }

  /** What they counted of so many bytes. */
  String half(PeerId peer, int bytes) throws Exception {
    BlockingStream stream = open(peer, HALF);
    stream.out().write(new byte[bytes]);
    stream.closeWrite();
    return new String(stream.in().readAllBytes(), UTF_8);
  }

  private BlockingStream open(PeerId peer, String protocol) throws Exception {
    CompletableFuture<BlockingStream> made = new CompletableFuture<>();
    get(
        host.newStream(
            peer,
            List.of(protocol),
            OpenOptions.DEFAULTS.allowingLimited(),
            channel -> made.complete(BlockingStream.of(channel))));
    BlockingStream stream = made.join();
    stream.timeout(WITHIN);
    return stream;
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(WITHIN.toSeconds(), TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    service.ifPresent(RelayService::close);
    client.close();
    host.close();
    loops.close();
  }
}
