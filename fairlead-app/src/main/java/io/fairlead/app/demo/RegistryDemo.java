package io.fairlead.app.demo;

import io.fairlead.app.demo.DemoScreen.Mood;
import io.fairlead.app.logs.LogSetup;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.registry.model.Role;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Plays the revocation of one entry on every path it opened, in seven acts: a chain, a contract,
 * two entries, a gateway, their clients, the revocation, the audit line. What is told is measured;
 * the play ends with an exception when something did not happen.
 */
public final class RegistryDemo {
  private static final Duration BEAT = Duration.ofMillis(50);
  private static final int BEATS = 6;
  private static final int ROLES =
      Role.CLIENT.bit() | Role.TUNNEL_CLIENT.bit() | Role.UPSTREAM.bit();
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final List<Integer> TWO = List.of(26, 12, 12);
  private static final List<Integer> ENDS = List.of(26, 14, 40);

  /** Whom it is played for. */
  public interface Audience {
    /** One line of the play. */
    void line(String text);

    boolean colour();

    /** Whether glyphs beyond ASCII may be shown. */
    boolean utf8();
  }

  private final DemoScreen screen;
  private final Map<String, String> environment;
  private final boolean emulated;
  private final Clock clock = Clock.system();
  private final Map<String, Object> report = new LinkedHashMap<>();

  /**
   * @param environment where {@code PATH} says whether a development node is installed
   * @param emulated the emulator even then
   */
  public RegistryDemo(Audience audience, Map<String, String> environment, boolean emulated) {
    this.screen = new DemoScreen(audience);
    this.environment = environment;
    this.emulated = emulated;
  }

  /**
   * Plays it, once.
   *
   * @return the same for programs: maps, lists, texts and numbers
   * @throws DemoFailureException something did not happen within its time
   */
  public Map<String, Object> play() throws IOException, InterruptedException, DemoFailureException {
    LogSetup.apply("error", LogSetup.automatic(), LogSetup.LINES_PER_SECOND);
    Path folder = Files.createTempDirectory("fairlead-demo-");
    Thread sweeper = new Thread(() -> remove(folder));
    Runtime.getRuntime().addShutdownHook(sweeper);
    try (DevNode node = DevNode.start(environment, emulated, clock);
        DemoChain chain = DemoChain.deploy(node);
        NamedServer origin = NamedServer.start("origin");
        DemoClient alice = new DemoClient("alice", folder);
        DemoClient bob = new DemoClient("bob", folder)) {
      screen.title("One entry on a chain, every path it opens, and the moment it is revoked");
      stage(node, chain);
      list(chain, alice);
      list(chain, bob);
      chain.mine();
      List<Integer> ports = DemoWorld.freePorts(2);
      try (DemoWorld world = DemoWorld.start(folder, node, chain, ports, clock)) {
        screen.act("a gateway", "proxy, MQTT broker, tunnel server, relay and a pool of servers;");
        screen.more("all follow the contract: what goes counts one block deep");
        alice.open(world, origin, ports.get(0));
        bob.open(world, origin, ports.get(1));
        screen.act("clients", "each with its Ed25519 key and nothing else");
        screen.gap();
        live(alice, bob);
        revoke(chain, world, alice, bob);
        after(world, origin, ports.get(0), alice, bob);
        audit(world, chain, alice);
      }
    } finally {
      remove(folder);
      Runtime.getRuntime().removeShutdownHook(sweeper);
    }
    return report;
  }

  private void stage(DevNode node, DemoChain chain) throws IOException, InterruptedException {
    List<String> shown = node.shown();
    screen.act("a chain", shown.getFirst());
    screen.more(chain.version() + " at " + shown.getLast() + ", chain id " + DemoChain.ID);
    screen.act("a contract", "ProxyRegistry at " + chain.contract());
    screen.more("in block " + chain.deployment().block());
    report.put("schema", "fairlead.demo.registry/1");
    report.put("node", chain.version());
    report.put("emulated", node instanceof DevNode.Emulator);
    report.put("contract", chain.contract());
  }

  private void list(DemoChain chain, DemoClient who)
      throws IOException, InterruptedException, DemoFailureException {
    DemoChain.Mined added = chain.add(who.endpoint(), ROLES, who.publicKey());
    if (who.name().equals("alice")) screen.act("entries", line(who, added));
    else screen.more(line(who, added));
    screen.more("      roles client, tunnel_client, upstream · tx " + shortened(added.tx()));
  }

  private static String line(DemoClient who, DemoChain.Mined added) {
    return "%-5s %s · block %d".formatted(who.name(), who.peerId(), added.block());
  }

  /** Everybody talks for a while, and the table shows that all of it is answered. */
  private void live(DemoClient alice, DemoClient bob)
      throws IOException, InterruptedException, DemoFailureException {
    for (int i = 0; i < BEATS; i++) {
      alice.ping();
      bob.ping();
      Pause.system().sleep(BEAT);
    }
    screen.row(List.of("path", "alice", "bob"), TWO, Mood.HEAD);
    for (int i = 0; i < alice.paths().size(); i++) {
      DemoPath hers = alice.paths().get(i);
      DemoPath his = bob.paths().get(i);
      if (!talks(hers) || !talks(his)) {
        throw new DemoFailureException("`" + hers.name() + "` carries nothing");
      }
      screen.row(List.of(hers.name(), "open", "open"), TWO, Mood.OPEN);
    }
    screen.gap();
  }

  private static boolean talks(DemoPath path) {
    return path.answers() > 0 && path.ending().isEmpty();
  }

  private void revoke(DemoChain chain, DemoWorld world, DemoClient alice, DemoClient bob)
      throws IOException, InterruptedException, DemoFailureException {
    DemoChain.Mined revoked = chain.revoke(alice.endpoint());
    screen.act("revoke", "the guardian calls setStatus(alice, revoked)");
    screen.more("tx " + revoked.tx());
    // From before the node is asked for the block: what it takes to make one is counted, too.
    long start = clock.nanos();
    long head = chain.mine();
    screen.more(
        "mined in block %d; at %s the node is asked for block %d, and the clock runs"
            .formatted(revoked.block(), clock.wall(), head));
    screen.gap();
    world.awaitTrue(
        "every path of alice to close",
        () -> alice.paths().stream().allMatch(path -> path.ending().isPresent()));
    screen.row(List.of("path of alice", "closed after", "how it ended"), ENDS, Mood.HEAD);
    List<DemoPath> order =
        alice.paths().stream()
            .sorted(Comparator.comparingLong(path -> path.ending().orElseThrow().nanos()))
            .toList();
    Map<String, Object> closed = new LinkedHashMap<>();
    for (DemoPath path : order) {
      DemoPath.Ending ending = path.ending().orElseThrow();
      long millis = Duration.ofNanos(ending.nanos() - start).toMillis();
      closed.put(path.name(), millis);
      screen.row(List.of(path.name(), millis + " ms", ending.how()), ENDS, Mood.CLOSED);
    }
    screen.gap();
    for (int i = 0; i < BEATS; i++) {
      bob.ping();
      Pause.system().sleep(BEAT);
    }
    for (DemoPath path : bob.paths()) {
      if (path.ending().isPresent()) {
        throw new DemoFailureException("`" + path.name() + "` of bob was closed as well");
      }
    }
    screen.more("bob: " + bob.paths().size() + " paths open, nothing closed");
    report.put("tx", revoked.tx());
    report.put("block", revoked.block());
    report.put("head", head);
    report.put("closed_after_ms", closed);
    report.put("others_open", bob.paths().size());
  }

  /** The same client comes again with a fresh token. */
  private void after(
      DemoWorld world, NamedServer origin, int port, DemoClient alice, DemoClient bob)
      throws IOException, InterruptedException, DemoFailureException {
    world.awaitTrue("every list to be in force", () -> world.listed(1));
    screen.act("again", "alice comes back, with a fresh token of the same key");
    screen.gap();
    Map<String, String> answers = alice.again(world, origin, port);
    answers.forEach((path, answer) -> screen.row(List.of(path, answer), ENDS, Mood.PLAIN));
    screen.gap();
    report.put("again", answers);
  }

  private void audit(DemoWorld world, DemoChain chain, DemoClient alice)
      throws IOException, InterruptedException, DemoFailureException {
    String id = DemoChain.idOf(alice.endpoint());
    world.awaitTrue("the audit line", () -> !lines(world, id).isEmpty());
    List<JsonNode> lines = lines(world, id);
    screen.act("audit", lines.size() == 1 ? "one line tells it" : lines.size() + " lines tell it");
    List<Object> told = new ArrayList<>();
    for (JsonNode line : lines) {
      screen.gap();
      line.properties()
          .forEach(
              each -> screen.more("%-11s %s".formatted(each.getKey(), plain(each.getValue()))));
      told.add(tree(line));
    }
    report.put("audit", told);
    screen.last("every path of one key, closed by one transaction");
  }

  private static Map<String, Object> tree(JsonNode line) {
    Map<String, Object> tree = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> each : line.properties()) {
      JsonNode value = each.getValue();
      tree.put(
          each.getKey(),
          value.isObject()
              ? tree(value)
              : value.isIntegralNumber() ? (Object) value.asLong() : value.asString(""));
    }
    return tree;
  }

  private static String plain(JsonNode value) {
    return value.isString() ? value.asString("") : value.toString();
  }

  /** Lines of the audit file that revoke this entry. */
  private static List<JsonNode> lines(DemoWorld world, String id) {
    List<JsonNode> found = new ArrayList<>();
    try (Stream<String> lines = Files.lines(world.auditFile())) {
      for (String line : lines.filter(each -> each.contains(id)).toList()) {
        JsonNode tree = JSON.readTree(line);
        if (tree.path("op").asString("").equals("revoke")) found.add(tree);
      }
    } catch (IOException notYet) {
      return List.of();
    }
    return found;
  }

  private static String shortened(String hash) {
    return hash.length() <= 18 ? hash : hash.substring(0, 18) + "…";
  }

  private static void remove(Path folder) {
    if (!Files.exists(folder)) return;
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.sorted(Comparator.reverseOrder()).toList()) Files.deleteIfExists(each);
    } catch (IOException busy) {
      return; // below the folder for temporary files
    }
  }
}
