package io.fairlead.app.registry;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.RegistryConfig;
import io.fairlead.registry.RegistryService;
import io.fairlead.registry.evm.EvmSettings;
import io.fairlead.registry.reconcile.NameLookup;
import io.fairlead.registry.source.SourceOpener;
import io.fairlead.registry.source.SourceSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.stream.Stream;

/**
 * The registry of a configuration without a gateway: reads the sources once and compares them with
 * the last good lists. Changes nothing: works on a copy of the state, and every rail is dry.
 */
public final class OfflineRegistry {
  private OfflineRegistry() {}

  /**
   * Looks once.
   *
   * @param block lists in contracts as they were then; the others as they are
   * @return the report of {@code GET /v1/registry}
   * @throws ConfigException a block is asked for, and no list is in a contract
   */
  public static Map<String, Object> look(
      GatewayConfig config, Optional<String> target, Duration timeout, OptionalLong block)
      throws ConfigException, IOException, StartException, InterruptedException {
    if (block.isPresent()) hasBlocks(config.registry());
    Path folder = Files.createTempDirectory("fairlead-registry");
    Clock clock = Clock.system();
    RegistryConfig registry = config.registry();
    Path state = registry.stateFile().orElse(config.runtime().stateDir().resolve("registry.json"));
    Path copy = folder.resolve("registry.json");
    if (Files.exists(state)) Files.copy(state, copy);
    EventBus events = new EventBus();
    MembershipKeeper keeper = new MembershipKeeper(List.of(), AuditTrail.none(), events, clock);
    Meters meters = new Meters(new SimpleMeterRegistry());
    SourceOpener now =
        new GatewaySources(new GatewayChains(Optional.empty(), clock), events, meters, clock);
    SourceOpener sources =
        block.isEmpty() ? now : settings -> now.open(at(settings, block.getAsLong()));
    PoolMembers pools = new PoolMembers(config::upstreams, (_, _, _, _) -> 0);
    try (RegistryService service =
        new RegistryService(
            registry.looking(copy, block.isPresent()),
            new RegistryService.Surroundings(
                keeper, pools, OfflineRegistry::addresses, sources, folder),
            AuditTrail.none(),
            events,
            meters,
            clock,
            Randomness.system())) {
      service.start();
      service.sync(target, timeout);
      return RegistryReports.status(service, clock.wall());
    } finally {
      events.close();
      remove(folder);
    }
  }

  private static void hasBlocks(RegistryConfig registry) throws ConfigException {
    if (registry.sources().stream().anyMatch(source -> source.type().equals("evm"))) return;
    throw new ConfigException(
        Problem.error(
            Codes.UNFIT.id(),
            "/registry/sources",
            Problem.Place.NOWHERE,
            "no list is in a contract, and only those have blocks",
            "leave --at-block out"));
  }

  private static SourceSettings at(SourceSettings settings, long block) {
    return settings.type().equals("evm") ? ((EvmSettings) settings).at(block) : settings;
  }

  /** By the system's own resolver, which does not say for how long. */
  private static CompletionStage<NameLookup.Answer> addresses(String name) {
    CompletableFuture<NameLookup.Answer> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("registry-names")
        .start(
            () -> {
              try {
                List<InetAddress> found = List.of(InetAddress.getAllByName(name));
                answer.complete(new NameLookup.Answer(found, Duration.ZERO));
              } catch (UnknownHostException none) {
                answer.completeExceptionally(none);
              }
            });
    return answer;
  }

  private static void remove(Path folder) throws IOException {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }
}
