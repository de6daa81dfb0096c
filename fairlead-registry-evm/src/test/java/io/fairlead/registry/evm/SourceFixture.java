package io.fairlead.registry.evm;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.source.ReadRequest;
import io.fairlead.registry.source.SourceException;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.testkit.DevChain;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** A source over a contract on a node, read when a test says so. */
final class SourceFixture implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final EventBus events = new EventBus();
  final AtomicReference<Duration> later = new AtomicReference<>(Duration.ZERO);
  final EvmSource source;
  Optional<Snapshot> last = Optional.empty();

  /** How the source is set up. */
  record Setup(int quorum, Depth add, Depth remove, int pageSize, Optional<CustomAbi> abi) {
    static Setup of(long add, long remove) {
      return new Setup(1, new Depth.Blocks(add), new Depth.Blocks(remove), 100, Optional.empty());
    }

    Setup quorum(int endpoints) {
      return new Setup(endpoints, add, remove, pageSize, abi);
    }

    Setup pages(int entries) {
      return new Setup(quorum, add, remove, entries, abi);
    }

    Setup read(CustomAbi own) {
      return new Setup(quorum, add, remove, pageSize, Optional.of(own));
    }
  }

  SourceFixture(Registrar registry, Setup setup, List<ChainEndpoint> endpoints) {
    EvmSettings settings =
        new EvmSettings(
            SourceRules.of("main"),
            "main",
            registry.contract(),
            setup.quorum(),
            new Confirmations(setup.add(), setup.remove()),
            Duration.ofMinutes(5),
            setup.pageSize(),
            setup.abi(),
            true,
            OptionalInt.empty(),
            Optional.empty());
    source = new EvmSource(settings, new Static(endpoints), events, new Meters(meters), shifted());
  }

  /** The machine's clock, some time later. */
  private Clock shifted() {
    return new Clock() {
      @Override
      public long nanos() {
        return Clock.system().nanos();
      }

      @Override
      public Instant wall() {
        return Clock.system().wall().plus(later.get());
      }
    };
  }

  static SourceFixture over(DevChain chain, Registrar registry, Setup setup) {
    return new SourceFixture(registry, setup, List.of(endpoint("local", chain)));
  }

  static ChainEndpoint endpoint(String alias, DevChain chain) {
    return new HttpEndpoint(
        alias, chain.url(), HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build());
  }

  /** Reads, and remembers what was read. */
  Snapshot read() throws Exception {
    Optional<Position> position = last.map(Snapshot::position);
    try {
      Snapshot read =
          source
              .read(new ReadRequest(last, position, TIMEOUT))
              .toCompletableFuture()
              .get(20, TimeUnit.SECONDS);
      last = Optional.of(read);
      return read;
    } catch (ExecutionException failure) {
      if (failure.getCause() instanceof SourceException typed) throw typed;
      throw failure;
    }
  }

  /** Endpoint text → status of what is read now. */
  TreeMap<String, String> statuses() throws Exception {
    TreeMap<String, String> statuses = new TreeMap<>();
    for (Entry entry : read().entries()) {
      statuses.put(
          entry.endpoints().isEmpty() ? "-" : entry.endpoints().getFirst().text(),
          entry.status().word());
    }
    return statuses;
  }

  @Override
  public void close() {
    source.close();
    events.close();
  }

  private record Static(List<ChainEndpoint> endpoints) implements ChainReader {
    @Override
    public long chainId() {
      return DevChain.CHAIN_ID;
    }

    @Override
    public AutoCloseable onHint(String contract, List<String> topics, Runnable hint) {
      return () -> {};
    }

    @Override
    public void close() {}
  }
}
