package io.fairlead.registry.reconcile;

import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Position;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import io.fairlead.registry.plan.Aliases;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.source.SourceRules;
import io.fairlead.registry.target.Actual;
import io.fairlead.registry.target.Target;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A reconciler with a list one can write, a target one can watch, and a clock one can move. */
final class ReconcilerFixture {
  static final TargetRules MIRROR =
      TargetRules.of("fake", "main", Policy.MIRROR).with(TargetRules.FirstSync.AUTO);

  final ManualClock clock = new ManualClock();
  final Path folder;
  final List<Map<String, Object>> audit = new ArrayList<>();
  final AuditTrail trail = (kind, fields) -> audit.add(Map.copyOf(fields));
  final Map<String, NameLookup.Answer> names = new HashMap<>();
  final List<String> asked = new ArrayList<>();
  private final KnownNames known =
      new KnownNames(
          name -> {
            asked.add(name);
            NameLookup.Answer answer = names.get(name);
            return answer == null
                ? CompletableFuture.failedStage(new UnknownHostException(name))
                : CompletableFuture.completedStage(answer);
          },
          clock);
  Lists lists;
  Reconciler reconciler;

  ReconcilerFixture(Path folder) {
    this.folder = folder;
    this.lists = new Lists(List.of(), Set.of(), Optional.empty());
  }

  /** A new process: nothing is remembered but what is on the disk. */
  Reconciler process(TargetRules rules, Target target) throws IOException, InterruptedException {
    Chronicle chronicle =
        new Chronicle(
            trail,
            new EventBus(),
            new RegistryMeters(new Meters(new SimpleMeterRegistry())),
            clock);
    reconciler =
        new Reconciler(
            rules,
            target,
            new Lists.Supply() {
              @Override
              public Lists now() {
                return lists;
              }

              @Override
              public Aliases aliases(Actual actual) throws InterruptedException {
                return rules.resolve() == TargetRules.Resolve.COMPARE
                    ? known.of(actual)
                    : Aliases.NONE;
              }
            },
            StateFile.open(folder.resolve("registry.json")),
            new PlanJournal(folder.resolve("registry.fake.journal")),
            chronicle,
            clock,
            Randomness.seeded(1));
    reconciler.start();
    return reconciler;
  }

  ReconcilerFixture list(String... endpoints) {
    List<Entry> entries = new ArrayList<>();
    for (String text : endpoints) entries.add(entry(text));
    return entries(entries);
  }

  ReconcilerFixture entries(List<Entry> entries) {
    String digest = Snapshot.sha256(entries.toString().getBytes(StandardCharsets.UTF_8));
    lists =
        Lists.of(
            new Snapshot("main", new Position.Fixed(digest), entries, 0, List.of(), clock.wall()));
    return this;
  }

  /** The source cannot be read; the last list stays. */
  ReconcilerFixture trouble(String why, SourceRules.Then then) {
    lists =
        new Lists(
            lists.snapshots(), Set.of(), Optional.of(new Lists.Trouble(why, clock.wall(), then)));
    return this;
  }

  /** {@code 1.2.3.4:80}, {@code 1.2.3.4:80 revoked}, {@code … draining}. */
  static Entry entry(String text) {
    String[] words = text.split(" ");
    Entry entry = Entry.of(item(words[0]));
    return words.length == 1 ? entry : entry.with(Status.of(words[1]).orElseThrow());
  }

  private static List<io.fairlead.registry.model.CanonicalAddress> item(String text) {
    try {
      return AddressParser.ofOperator().node(text);
    } catch (BadAddressException bad) {
      throw new IllegalArgumentException(text, bad);
    }
  }

  static List<Item> lines(String... texts) {
    List<Item> items = new ArrayList<>();
    for (String text : texts) items.add(Item.plain(text, item(text)));
    return items;
  }

  static List<String> texts(List<Item> items) {
    return items.stream().map(Item::text).toList();
  }

  TargetStatus cycle() throws InterruptedException {
    return reconciler.cycle();
  }

  TargetStatus after(Duration time) throws InterruptedException {
    clock.advance(time);
    return reconciler.cycle();
  }

  String planId() {
    return reconciler.status().open().orElseThrow().id();
  }
}
