package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Breaks a good configuration in a hundred ways and wants each told on the right line. */
class MutationTest {
  private static final int MUTATIONS = 100;
  private static final long SEED = Long.getLong("fairlead.seed", 20_261_122L);
  private static final Pattern KEY = Pattern.compile("^( *(?:- )?)([a-z_]{4,}):(.*)$");

  /** One break: the text, the line that must be named, the code and a part of the hint. */
  private record Mutation(String kind, String text, int line, String code, String hint) {}

  private final List<String> lines = Gateway.SAMPLE.lines().toList();
  private final Random random = new Random(SEED);

  @Test
  void tellsEachOnTheRightLineWithTheRightHint() {
    System.out.println("MutationTest seed " + SEED);
    int done = 0;
    for (int attempt = 0; done < MUTATIONS; attempt++) {
      assertThat(attempt).isLessThan(10_000);
      Mutation mutation =
          switch (done % 6) {
            case 0 -> typo();
            case 1 -> wrongType();
            case 2 -> wrongNesting();
            case 3 -> tab();
            case 4 -> duplicate();
            default -> dangling();
          };
      if (mutation.kind().isEmpty()) continue;
      done++;
      List<Problem> problems = Gateway.read(mutation.text()).problems();
      assertThat(problems)
          .as("seed %d, %s:%n%s%n%s", SEED, mutation.kind(), mutation.text(), problems)
          .anySatisfy(
              problem -> {
                assertThat(problem.place().line()).isEqualTo(mutation.line());
                assertThat(problem.code()).isEqualTo(mutation.code());
                assertThat(problem.hint()).contains(mutation.hint());
              });
    }
  }

  private static final Mutation NONE = new Mutation("", "", 0, "", "");

  private Mutation replaced(String kind, int index, String line, String code, String hint) {
    List<String> broken = new ArrayList<>(lines);
    broken.set(index, line);
    return new Mutation(kind, String.join("\n", broken) + "\n", index + 1, code, hint);
  }

  /** Keys that are ids or free text cannot be misspelt. */
  private static boolean declared(String key) {
    return Explain.nearest(Gateway.TYPE, key).isPresent()
        && !List.of("other", "spare", "main").contains(key);
  }

  private Mutation typo() {
    int index = random.nextInt(lines.size());
    Matcher key = KEY.matcher(lines.get(index));
    if (!key.matches() || !declared(key.group(2))) return NONE;
    StringBuilder word = new StringBuilder(key.group(2));
    int at = 1 + random.nextInt(word.length() - 2);
    switch (random.nextInt(3)) {
      case 0 -> word.deleteCharAt(at);
      case 1 -> word.insert(at, 'q');
      default -> word.setCharAt(at, 'q');
    }
    String broken = key.group(1) + word + ":" + key.group(3);
    // The discriminating key is missing when misspelt, which says the same in other words.
    boolean type = key.group(2).equals("type");
    return replaced(
        "typo in " + key.group(2),
        index,
        broken,
        type ? "F1101" : "F1104",
        type ? "add `type`" : "did you mean `" + key.group(2) + "`?");
  }

  private Mutation wrongType() {
    String[][] cases = {
      {"  connections: 10000", "  connections: lots", "F1103", ""},
      {"  event_loops: auto", "  event_loops: \"4\"", "F1103", "remove the quotes"},
      {"    accept_proxy_protocol: true", "    accept_proxy_protocol: yes", "F1107", "`true`"},
      {"      interval: 5s", "      interval: 5", "F1202", "`5s`"},
      {"  bandwidth: 10MiB/s", "  bandwidth: 10MB/s", "F1204", "`10MiB/s`"},
      {"        weight: 50", "        weight: 5000", "F1106", "1 to 1000"},
      {"    allow: [10.0.0.0/8, \"fd00::/8\"]", "    allow: [10.1.0.0/8]", "F1205", "10.0.0.0/8"},
      {"    bind: \":8080\"", "    bind: 8080", "F1201", ":8080"},
      {"name: gw-berlin-1", "name: [gw]", "F1103", ""},
      {"  transport: epoll", "  transport: poll", "F1105", "`epoll`"},
    };
    String[] chosen = cases[random.nextInt(cases.length)];
    int index = lines.indexOf(chosen[0]);
    assertThat(index).as(chosen[0]).isNotNegative();
    return replaced("wrong type", index, chosen[1], chosen[2], chosen[3]);
  }

  private Mutation wrongNesting() {
    String[][] cases = {
      {"  state_dir: ./state", "  stop: 30s", "belongs under `drain`"},
      {"  event_loops: auto", "  upstreams: {}", "belongs at the top level"},
      {"  connections: 10000", "  transport: nio", "exists under `runtime`"},
      {"name: gw-berlin-1", "interval: 5s", "exists under `upstreams.*.health`"},
      {"    bind: 0.0.0.0:9090", "    listeners: {}", "belongs at the top level"},
    };
    String[] chosen = cases[random.nextInt(cases.length)];
    int index = lines.indexOf(chosen[0]);
    assertThat(index).as(chosen[0]).isNotNegative();
    return replaced("wrong nesting", index, chosen[1], "F1104", chosen[2]);
  }

  private Mutation tab() {
    int index = random.nextInt(lines.size());
    String line = lines.get(index);
    if (!line.startsWith("  ")) return NONE;
    return replaced("tab", index, "\t" + line.stripLeading(), "F1004", "spaces");
  }

  private Mutation duplicate() {
    int index = random.nextInt(lines.size());
    Matcher key = KEY.matcher(lines.get(index));
    if (!key.matches() || key.group(3).isBlank() || key.group(1).contains("-")) return NONE;
    List<String> broken = new ArrayList<>(lines);
    broken.add(index + 1, lines.get(index));
    return new Mutation(
        "duplicate " + key.group(2),
        String.join("\n", broken) + "\n",
        index + 2,
        "F1102",
        "remove one");
  }

  private Mutation dangling() {
    return random.nextBoolean()
        ? replaced(
            "dangling", lines.indexOf("    service: app"), "    service: ap", "F1301", "`app`")
        : replaced("wrong kind", lines.indexOf("fallback: main"), "fallback: web", "F1302", "main");
  }
}
