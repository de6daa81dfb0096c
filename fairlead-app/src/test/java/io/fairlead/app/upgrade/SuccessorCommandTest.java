package io.fairlead.app.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SuccessorCommandTest {
  private static final Path SOCKET = Path.of("/tmp/x/door.sock");

  @Test
  void isTheSameLineWithTheOffer() {
    assertThat(parsed("java", "-Xmx1g", "-cp", "/lib/*", "io.fairlead.app.Main", "run", "-c", "f"))
        .hasValueSatisfying(
            command ->
                assertThat(command.at(SOCKET))
                    .containsExactly(
                        "java",
                        "-Xmx1g",
                        "-cp",
                        "/lib/*",
                        "io.fairlead.app.Main",
                        "run",
                        "-c",
                        "f",
                        "--upgrade",
                        SOCKET.toString()));
  }

  @Test
  void aSuccessorsSuccessorForgetsTheFirstOffer() {
    assertThat(
            parsed("java", "io.fairlead.app.Main", "run", "--upgrade", "/old", "-c", "f")
                .orElseThrow()
                .words())
        .containsExactly("run", "-c", "f");
    assertThat(
            parsed("java", "io.fairlead.app.Main", "run", "-c", "f", "--upgrade=/old")
                .orElseThrow()
                .words())
        .containsExactly("run", "-c", "f");
  }

  @Test
  void theLauncherOrABinaryStandsInForJava() {
    byte[] line = line("java", "-x", "io.fairlead.app.Main", "run", "-c", "f");
    SuccessorCommand launched =
        SuccessorCommand.parse(line, Optional.of(Path.of("/opt/fairlead"))).orElseThrow();
    assertThat(launched.at(SOCKET)).startsWith("/opt/fairlead", "run", "-c", "f", "--upgrade");
    assertThat(launched.startedBy(Path.of("/new/fairlead")).at(SOCKET))
        .startsWith("/new/fairlead", "run", "-c", "f", "--upgrade");
  }

  @Test
  void emptyArgumentsAreKept() {
    assertThat(parsed("java", "io.fairlead.app.Main", "run", "", "-c", "f").orElseThrow().words())
        .containsExactly("run", "", "-c", "f");
  }

  @Test
  void aProgramThatEmbedsAGatewayHasNoSuccessor() {
    assertThat(parsed("java", "org.example.App", "run")).isEmpty();
    assertThat(SuccessorCommand.parse(new byte[0], Optional.empty())).isEmpty();
  }

  private static Optional<SuccessorCommand> parsed(String... words) {
    return SuccessorCommand.parse(line(words), Optional.empty());
  }

  private static byte[] line(String... words) {
    return (String.join("\0", words) + "\0").getBytes(StandardCharsets.UTF_8);
  }
}
