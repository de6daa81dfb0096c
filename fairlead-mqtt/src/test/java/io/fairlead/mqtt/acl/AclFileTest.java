package io.fairlead.mqtt.acl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AclFileTest {
  @TempDir Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "topic raed a/b | 7 | `raed` is no access",
        "topic a/b#    | 7 | `a/b#` has a #",
        "topic         | 6 | missing",
        "user          | 5 | a user's name is missing",
        "ip 10.0.0.0/99| 4 | is no network",
        "tpoic read a  | 1 | begins no line",
        "rule permit all a | 6 | decides nothing",
        "rule allow eat a  | 12 | nothing a client does",
        "rule allow subscribe retain a | 22 | retain is about publishing",
        "rule allow all ip=x a | 19 | is no network",
        "rule allow all | 15 | missing",
        "rule deny all grop=x secret/# | 15 | `grop=x` is no condition",
        "rule deny all retain Group=x a | 22 | no condition",
        "rule deny all qos<=3 secret/# | 15 | no condition",
        "rule deny all qos<2 qos=2 a | 15 | no condition",
        "rule deny all user= a | 15 | means nobody",
        "pattern read a/%u# | 14 | has a #",
        "topic read $share/g/a | 12 | group",
      })
  void namesThePlaceOfAMistake(String line, int column, String problem) {
    ConfigException bad = parsed("# a comment\n" + line);
    assertThat(bad).isNotNull();
    Problem first = bad.problems().getFirst();
    assertThat(first.place().file()).isEqualTo("test.acl");
    assertThat(first.place().line()).isEqualTo(2);
    assertThat(first.place().column()).isEqualTo(column);
    assertThat(first.message()).contains(problem);
  }

  @Test
  void oneWordIsTheFilterWhateverItLooksLike() throws Exception {
    AclFile.parse("topic read\nrule allow all user=ann\nrule deny publish retain\n", "f", "");
    AclFile.parse("rule deny all a=b/c d\nrule deny all a b=c\n", "f", ""); // blanks in filters
  }

  @Test
  void namesEveryMistake() {
    ConfigException bad = parsed("tpoic a\nuser ann\ntopic read b#\n");
    assertThat(bad.problems()).extracting(each -> each.place().line()).containsExactly(1, 3);
  }

  @Test
  void readsAFileAndSaysWhenItCannot() throws Exception {
    Path file = folder.resolve("mqtt.acl");
    assertThatThrownBy(() -> AclFile.read(file, "/mqtt/acl/file"))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("no such file");
    Files.writeString(file, "user ann\r\ntopic read a/#\r\n\r\n");
    assertThat(AclFile.read(file, "")).isEqualTo(AclFile.read(file, ""));
    Files.write(file, new byte[] {(byte) 0xff, 'a'});
    assertThatThrownBy(() -> AclFile.read(file, "/mqtt/acl/file"))
        .hasMessageContaining("is not UTF-8");
  }

  private static ConfigException parsed(String text) {
    return catchThrowableOfType(
        ConfigException.class, () -> AclFile.parse(text, "test.acl", "/mqtt/acl/file"));
  }
}
