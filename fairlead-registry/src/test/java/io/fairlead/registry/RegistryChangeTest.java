package io.fairlead.registry;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.membership.MembershipKeeper;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.registry.plan.Item;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.registry.reconcile.TargetStatus;
import io.fairlead.registry.source.Sources;
import io.fairlead.registry.target.UpstreamMembers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a change of the configuration starts, ends and leaves alone. */
class RegistryChangeTest {
  private static final String WEB = "name: web, kind: upstream, upstream: app, policy: mirror";
  private static final String USERS = "name: users, kind: proxy_users, policy: mirror";

  private static final String BOTH = USERS + " }, { source: main, first_sync: auto, " + WEB;

  private final Map<String, List<String>> pools = new ConcurrentHashMap<>();
  private final EventBus events = new EventBus();
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final MembershipKeeper keeper =
      new MembershipKeeper(List.of(), AuditTrail.none(), events, Clock.system());
  @TempDir Path folder;
  private RegistryService service;

  @BeforeEach
  void start() throws Exception {
    service = service(config("", ""), keeper);
    service.start();
  }

  private RegistryService service(RegistryConfig config, MembershipKeeper keeper) {
    return new RegistryService(
        config,
        new RegistryService.Surroundings(
            keeper,
            new FakePools(),
            name -> CompletableFuture.failedStage(new UnknownHostException(name)),
            settings -> Sources.open(settings, Clock.system()),
            folder),
        AuditTrail.none(),
        events,
        new Meters(meters),
        Clock.system(),
        Randomness.seeded(1));
  }

  @AfterEach
  void end() {
    service.close();
    events.close();
  }

  @Test
  void whatIsAddedStartsAndWhatIsRemovedIsTakenBack() throws Exception {
    change(config("'10.0.0.1:80'", WEB));
    await().until(() -> List.of("10.0.0.1:80").equals(pools.get("app")));
    change(config("", ""));
    assertThat(pools).isEmpty();
    assertThat(service.targets()).isEmpty();
    assertThat(service.sources()).isEmpty();
    assertThat(gauge("fairlead.registry.target.entries")).isZero();
  }

  @Test
  void anotherListIsReadAtOnceAndTheTargetKeepsItsState() throws Exception {
    change(config("'10.0.0.1:80'", WEB));
    await().until(() -> service.target("web").orElseThrow().state() == TargetState.IN_SYNC);
    change(config("'10.0.0.1:80', '10.0.0.2:80'", WEB));
    await().until(() -> List.of("10.0.0.1:80", "10.0.0.2:80").equals(pools.get("app")));
    await().until(() -> gauge("fairlead.registry.target.entries") == 2);
  }

  @Test
  void anotherPolicyGoesOnFromWhatIsInForce() throws Exception {
    change(config("'10.0.0.1:80'", WEB));
    await().until(() -> List.of("10.0.0.1:80").equals(pools.get("app")));
    change(config("'10.0.0.2:80'", WEB.replace("mirror", "report")));
    await().until(() -> service.target("web").orElseThrow().state() == TargetState.DRIFT);
    assertThat(pools.get("app")).containsExactly("10.0.0.1:80");
  }

  @Test
  void theStateMovesWithItsFile() throws Exception {
    change(config(members("alice") + ", '10.0.0.1:80'", BOTH));
    await().until(() -> service.target("web").orElseThrow().state() == TargetState.IN_SYNC);
    await().until(() -> service.target("users").orElseThrow().state() == TargetState.IN_SYNC);
    Path former = folder.resolve("registry.json");
    await().until(() -> Files.exists(former));
    Files.writeString(folder.resolve("registry.web.lines"), "kept");
    Path next = folder.resolve("else/where.json");

    RegistryConfig moved = config(members("alice") + ", '10.0.0.1:80'", BOTH, next);
    service.prepare(moved).discard();
    assertThat(former).exists();
    change(moved);
    assertThat(next).exists();
    assertThat(former).doesNotExist();
    assertThat(pools.get("app")).containsExactly("10.0.0.1:80");
    assertThat(keeper.entitlements().bind("alice").entry()).isPresent();
    await().until(() -> Files.exists(next.resolveSibling("registry.web.lines")));

    // From there the next process goes on, without its source.
    change(config(members("alice") + ", '10.0.0.2:80'", BOTH, next));
    await().until(() -> List.of("10.0.0.2:80").equals(pools.get("app")));
    await().until(() -> Files.readString(next).contains("10.0.0.2:80"));
    assertThat(former).doesNotExist();
  }

  @Test
  void aPlaceWhereNoStateCanBeKeptIsRefused() {
    assertThatThrownBy(() -> service.prepare(config("'10.0.0.1:80'", WEB, folder)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("folder");
  }

  @Test
  void aDiscardedChangeChangesNothing() throws Exception {
    change(config("'10.0.0.1:80'", WEB));
    await().until(() -> List.of("10.0.0.1:80").equals(pools.get("app")));
    service.prepare(config("", "")).discard();
    assertThat(service.target("web")).isPresent();
    assertThat(pools).containsKey("app");
    assertThat(service.prepare(config("'10.0.0.1:80'", WEB))).isSameAs(Prepared.NOTHING);
  }

  @Test
  void aListOfMembersThatIsRemovedGovernsNobody() throws Exception {
    change(config(members("alice"), USERS));
    await().until(() -> keeper.entitlements().bind("alice").entry().isPresent());
    await().until(() -> service.target("users").orElseThrow().state() == TargetState.IN_SYNC);
    var carried = keeper.entitlements().bind("alice");
    change(config("", ""));
    assertThat(keeper.entitlements().bind("alice").entry()).isEmpty();
    assertThat(keeper.entitlements().decide(carried, Action.DIAL)).isEqualTo(Verdict.ALLOW);
  }

  @Test
  void aStrictTargetEndsTheProcessOnceAndChangesNothing() throws Exception {
    List<String> ends = new CopyOnWriteArrayList<>();
    service.onUnknown(ends::add);
    change(config("'10.0.0.1:80'", WEB.replace("mirror", "strict")));
    await().until(() -> service.ended().isPresent());
    service.sync(Optional.empty(), Duration.ofSeconds(10));
    assertThat(ends).containsExactly("web");
    assertThat(service.target("web").orElseThrow().exit()).isEqualTo(TargetStatus.EXIT_UNKNOWN);
    assertThat(pools).isEmpty();
  }

  @Test
  void anAccountThatLeftTheListIsGovernedInLaterProcessesToo() throws Exception {
    change(config(members("alice") + ", " + members("bob"), USERS));
    await().until(() -> admitted("alice")); // before that a removal would be news to nobody
    change(config(members("bob"), USERS));
    awaitDenied("alice");
    service.close();
    MembershipKeeper later =
        new MembershipKeeper(List.of(), AuditTrail.none(), events, Clock.system());
    try (RegistryService next = service(config(members("bob"), USERS), later)) {
      next.start();
      var alice = later.entitlements().bind("alice");
      assertThat(later.entitlements().decide(alice, Action.LOGIN)).isNotEqualTo(Verdict.ALLOW);
      await() // nobody is admitted before the first reading
          .untilAsserted(
              () -> {
                var bob = later.entitlements().bind("bob");
                assertThat(later.entitlements().decide(bob, Action.LOGIN)).isEqualTo(Verdict.ALLOW);
              });
      assertThat(later.entitlements().decide(alice, Action.LOGIN)).isNotEqualTo(Verdict.ALLOW);
      var carol = later.entitlements().bind("carol");
      assertThat(later.entitlements().decide(carol, Action.LOGIN)).isEqualTo(Verdict.ALLOW);
      next.prepare(config("", "")).commit();
    }
    // The list governs nobody any more, and that is remembered as well.
    MembershipKeeper last =
        new MembershipKeeper(List.of(), AuditTrail.none(), events, Clock.system());
    try (RegistryService next = service(config(members("bob"), USERS), last)) {
      next.start();
      var alice = last.entitlements().bind("alice");
      assertThat(last.entitlements().decide(alice, Action.LOGIN)).isEqualTo(Verdict.ALLOW);
    }
  }

  @Test
  void aListThatComesToGovernIsWrittenDownBeforeItIsUsed() throws Exception {
    String entries = members("alice") + ", '10.0.0.1:80'";
    change(config(entries, WEB));
    await().until(() -> List.of("10.0.0.1:80").equals(pools.get("app")));
    change(config(entries, BOTH)); // the source is not read again for that
    await().until(() -> service.target("users").orElseThrow().state() == TargetState.IN_SYNC);
    change(config(members("bob") + ", '10.0.0.1:80'", BOTH));
    awaitDenied("alice");
    service.close();
    MembershipKeeper later =
        new MembershipKeeper(List.of(), AuditTrail.none(), events, Clock.system());
    try (RegistryService next = service(config(members("bob"), USERS), later)) {
      next.start();
      var alice = later.entitlements().bind("alice");
      assertThat(later.entitlements().decide(alice, Action.LOGIN)).isNotEqualTo(Verdict.ALLOW);
    }
  }

  @Test
  void whoIsTakenAwayIsDeniedThoughNothingCanBeWrittenDown() throws Exception {
    change(config(members("alice") + ", " + members("bob"), USERS));
    await().until(() -> service.target("users").orElseThrow().state() == TargetState.IN_SYNC);
    List<Path> inTheWay = new ArrayList<>();
    for (String name : List.of("registry.json", "registry.users.journal")) {
      inTheWay.add(Files.createDirectories(folder.resolve(name + ".tmp/full")));
    }
    change(config(members("bob"), USERS));
    awaitDenied("alice");
    await().until(() -> service.target("users").orElseThrow().state() == TargetState.FAILED);
    assertThat(service.target("users").orElseThrow().why()).contains("registry.json");
    assertThat(Files.readString(folder.resolve("registry.json"))).contains("\"user\":\"alice\"");

    for (Path each : inTheWay) {
      Files.delete(each);
      Files.delete(each.getParent());
    }
    service.sync(Optional.empty(), Duration.ofSeconds(10));
    assertThat(service.target("users").orElseThrow().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(Files.readString(folder.resolve("registry.json")))
        .doesNotContain("\"user\":\"alice\"");
    assertThat(folder.resolve("registry.users.journal")).doesNotExist();
  }

  private void awaitDenied(String user) {
    await().until(() -> !allowed(user));
  }

  private boolean admitted(String user) {
    return keeper.entitlements().bind(user).entry().isPresent() && allowed(user);
  }

  private boolean allowed(String user) {
    var entitlements = keeper.entitlements();
    return entitlements.decide(entitlements.bind(user), Action.LOGIN).equals(Verdict.ALLOW);
  }

  private void change(RegistryConfig next) throws Exception {
    service.prepare(next).commit();
  }

  private double gauge(String name) {
    return meters.get(name).tag("target", "web").gauge().value();
  }

  private static String members(String user) {
    return "{ user: " + user + " }";
  }

  /** One static source and one target, or neither. */
  private static RegistryConfig config(String entries, String target) {
    return target.isEmpty() ? RegistryConfig.TYPE.defaults() : config(entries, target, "");
  }

  private static RegistryConfig config(String entries, String target, Path state) {
    return config(entries, target, "state_file: '" + state + "'");
  }

  private static RegistryConfig config(String entries, String target, String more) {
    String text =
        """
        registry:
          %s
          sources: [ { name: main, type: static, entries: [ %s ] } ]
          targets: [ { source: main, first_sync: auto, %s } ]
        upstreams: { app: 1 }
        """
            .formatted(more, entries, target);
    RecordType<RegistryConfig> root =
        RecordType.define(
            "root",
            "Root.",
            fields -> {
              Field<RegistryConfig> registry =
                  fields.key("registry", RegistryConfig.TYPE, "The section.").required();
              fields
                  .key("upstreams", Types.mapOf(Types.integer()), "What targets refer to.")
                  .required();
              return values -> values.get(registry);
            });
    Reading<RegistryConfig> reading =
        ConfigReader.read(
            root,
            new ConfigSource("test.yaml", text, Path.of("/conf")),
            Environment.withVariables(Map.of()));
    assertThat(reading.problems()).isEmpty();
    return reading.value().orElseThrow();
  }

  private final class FakePools implements UpstreamMembers {
    @Override
    public List<Item> configured(String upstream) {
      return List.of();
    }

    @Override
    public Map<String, Integer> set(String upstream, List<Member> members, Set<String> cut) {
      pools.put(upstream, members.stream().map(Member::hostPort).toList());
      return Map.of();
    }

    @Override
    public void withdraw(String upstream) {
      pools.remove(upstream);
    }
  }
}
