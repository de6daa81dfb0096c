package io.fairlead.registry;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.action.Actions;
import io.fairlead.registry.action.ProcessTable;
import io.fairlead.registry.external.ExternalConfigTarget;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.rewrite.FileSwap;
import io.fairlead.registry.target.MembersTarget;
import io.fairlead.registry.target.PoolTarget;
import io.fairlead.registry.target.RelayCandidates;
import io.fairlead.registry.target.RelayCandidatesTarget;
import io.fairlead.registry.target.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes targets as they are configured; making one touches nothing. */
final class TargetOpener {
  private static final Logger log = LoggerFactory.getLogger(TargetOpener.class);

  private final RegistryService.Surroundings surroundings;
  private final RelayCandidates relays = new RelayCandidates();
  private final Supplier<List<String>> subscribe;
  private final Meters meters;
  private final Clock clock;
  private final Randomness randomness;

  /**
   * @param subscribe local list of targets of kind {@code subscribe}, as it is configured now
   */
  TargetOpener(
      RegistryService.Surroundings surroundings,
      Supplier<List<String>> subscribe,
      Meters meters,
      Clock clock,
      Randomness randomness) {
    this.surroundings = surroundings;
    this.subscribe = subscribe;
    this.meters = meters;
    this.clock = clock;
    this.randomness = randomness;
  }

  /** The relays that its targets name. */
  RelayCandidates relays() {
    return relays;
  }

  /**
   * @param place where it keeps what it remembers
   */
  Target open(TargetConfig target, StatePlace place) {
    String name = target.rules().name();
    OptionalInt port = target.rules().defaultPort();
    return switch (target.settings()) {
      case TargetSettings.Members members ->
          new MembersTarget(name, members.use(), target.rules().sources(), surroundings.keeper());
      case TargetSettings.Relays _ -> new RelayCandidatesTarget(name, relays);
      case TargetSettings.Upstream upstream ->
          new PoolTarget(
              name,
              upstream.kind(),
              upstream.upstream(),
              () -> surroundings.upstreams().configured(upstream.upstream()),
              surroundings.upstreams());
      case TargetSettings.External external ->
          new ExternalConfigTarget(
              name,
              external.config(),
              port,
              place.lines(name),
              new FileSwap(external.config().backups(), randomness, Pause.system()),
              new Actions(clock, Pause.system(), meters, ProcessTable.system(), System.getenv()));
      case TargetSettings.Subscribe dialled ->
          new PoolTarget(
              name,
              dialled.kind(),
              dialled.upstream(),
              new LocalLines(subscribe, port),
              surroundings.upstreams());
    };
  }

  /** The list as it is configured now, read again when it changed. Owned by the target's loop. */
  private static final class LocalLines implements Supplier<List<Item>> {
    private final Supplier<List<String>> texts;
    private final AddressParser parser;
    private List<String> seen = List.of();
    private List<Item> items = List.of();

    LocalLines(Supplier<List<String>> texts, OptionalInt port) {
      this.texts = texts;
      this.parser = AddressParser.ofOperator().withDefaultPort(port);
    }

    @Override
    public List<Item> get() {
      List<String> now = texts.get();
      if (!now.equals(seen)) {
        seen = now;
        items = parsed(now);
      }
      return items;
    }

    private List<Item> parsed(List<String> lines) {
      List<Item> parsed = new ArrayList<>();
      for (String text : lines) {
        try {
          parsed.add(Item.plain(text, parser.node(text)));
        } catch (BadAddressException bad) {
          log.atWarn()
              .addKeyValue("line", text)
              .addKeyValue("why", bad.getMessage())
              .log("line of registry.subscribe left out");
        }
      }
      return parsed;
    }
  }
}
