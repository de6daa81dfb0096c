package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.GatewayProcess;
import io.fairlead.app.Main;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What {@code help CODE} shows is true: put where it belongs, the wrong snippet is refused with
 * that code and the right one is not. The other codes are those whose snippets need files, servers
 * or a program around them.
 */
class CodeSnippetsTest {
  private static final String ROOT = "version: 1\n%s\n";

  /** Where the snippets of a code belong; {@code %s} is the snippet. */
  private static final Map<String, String> PLACES = new LinkedHashMap<>();

  static {
    PLACES.put("F1003", "version: 1\nx-note:\n  %s\n");
    PLACES.put("F1005", "%s\n");
    PLACES.put("F1007", ROOT);
    PLACES.put("F1010", "%s\n");
    PLACES.put("F1021", ROOT);
    PLACES.put("F1102", ROOT);
    PLACES.put("F1105", "version: 1\nlogs: { %s }\n");
    PLACES.put(
        "F1106",
        "version: 1\nupstreams: { a: { endpoints: [ { address: \"127.0.0.1:1\", %s } ] } }\n");
    PLACES.put("F1107", "version: 1\ncontrol: { %s }\n");
    PLACES.put("F1111", ROOT);
    PLACES.put("F1201", "version: 1\nlisteners: { web: { proto: echo, %s } }\n");
    PLACES.put("F1207", "version: 1\nlogs: { audit: { %s } }\n");
    PLACES.put(
        "F1211",
        "version: 1\ncontrol: { users: [ { role: admin, password_file: users.pw, %s } ] }\n");
    PLACES.put("F1403", "version: 1\nforward: { egress: {} }\nlisteners: { %s }\n");
    PLACES.put("F2104", "version: 1\ncontrol: { %s }\n");
    PLACES.put("F2102", ROOT);
    PLACES.put("F2103", ROOT);
  }

  @TempDir Path dir;

  static Stream<Code> placed() {
    return Main.product().codes().stream().filter(code -> PLACES.containsKey(code.id()));
  }

  @ParameterizedTest
  @MethodSource("placed")
  void theWrongSnippetIsRefusedAndTheRightOneIsNot(Code code) throws Exception {
    Files.createDirectories(dir.resolve("secrets"));
    Path token = dir.resolve("secrets/ci.token");
    Files.writeString(token, "q83vEjRWeJCrze8SNFZ4kKvN\n");
    Files.setPosixFilePermissions(token, PosixFilePermissions.fromString("rw-------"));
    assertThat(codesOf(code, code.wrong())).as("wrong: %s", code.wrong()).contains(code.id());
    assertThat(codesOf(code, code.right())).as("right: %s", code.right()).isEmpty();
  }

  @Test
  void everyPlaceIsThatOfACode() {
    Set<String> known = new TreeSet<>();
    Main.product().codes().forEach(code -> known.add(code.id()));
    assertThat(known).containsAll(PLACES.keySet());
    assertThat(PLACES).hasSizeGreaterThan(12);
  }

  private List<String> codesOf(Code code, String snippet) {
    String text = PLACES.get(code.id()).replace("%s", snippet);
    return GatewayProcess.read(new ConfigSource("fairlead.yaml", text, dir)).problems().stream()
        .map(Problem::code)
        .toList();
  }
}
