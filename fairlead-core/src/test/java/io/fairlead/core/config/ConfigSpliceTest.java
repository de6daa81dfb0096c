package io.fairlead.core.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigSpliceTest {
  private static final String TEXT =
      """
      # the head
      version: 1   # stays first
      name:    "gw-1"     # a name

      limits: { connections: 10, open: off }  # flow
      http:
        # about the site
        site:
          hosts: [a, b]
          routes:
            - id: one   # first
              path: /one
            - { id: two, path: /two }
      empty:
      note: |
        several
        lines
      """;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name | gw-2 | \"gw-1\" | gw-2",
        "limits.connections | 20 | connections: 10 | connections: 20",
        "/http/site/hosts | [c] | [a, b] | [c]",
        "http.site.hosts.1 | z | a, b] | a, z]",
        "http.site.routes.one.path | /uno | path: /one | path: /uno",
        "http.site.routes.two.path | /due | path: /two } | path: /due }",
        "http.site.routes.0.id | uno | id: one   # | id: uno   #",
        "limits | {} | { connections: 10, open: off } | {}",
        "empty | 5 | empty: | empty: 5"
      })
  void onlyTheValueChanges(String path, String value, String before, String after)
      throws Exception {
    assertThat(ConfigSplice.set(TEXT, path, value)).isEqualTo(replaceOnce(before, after));
  }

  @Test
  void whatIsNotThereIsPutInAsALine() throws Exception {
    assertThat(ConfigSplice.set(TEXT, "logs.level", "debug"))
        .isEqualTo(replaceOnce("# stays first\n", "# stays first\nlogs:\n  level: debug\n"));
    assertThat(ConfigSplice.set(TEXT, "http.site.default", "true"))
        .isEqualTo(replaceOnce("    hosts: [a, b]\n", "    default: true\n    hosts: [a, b]\n"));
    assertThat(ConfigSplice.set(TEXT, "limits.more", "1"))
        .isEqualTo(replaceOnce("{ connections", "{ more: 1, connections"));
    assertThat(ConfigSplice.set(TEXT, "http.site.routes.one.more", "1"))
        .isEqualTo(replaceOnce("# first\n", "# first\n        more: 1\n"));
    assertThat(ConfigSplice.set("", "a.b", "1")).isEqualTo("a:\n  b: 1\n");
    assertThat(ConfigSplice.set("# only a remark", "a", "1")).isEqualTo("# only a remark\na: 1\n");
    assertThat(ConfigSplice.set("a: {}\n", "a.b.c", "1")).isEqualTo("a: { b: { c: 1 } }\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http.site", "http.site.routes", "name.below", "http.site.routes.three.x", ""})
  void whatCannotBeDoneInALineIsRefused(String path) {
    assertThatThrownBy(() -> ConfigSplice.set(TEXT, path, "1"))
        .isInstanceOf(ConfigSplice.Refused.class);
  }

  @Test
  void aValueThatBringsStructureWithItIsRefused() {
    for (String value : List.of("1\nb: 2", "[1", "a: b", "")) {
      assertThatThrownBy(() -> ConfigSplice.set(TEXT, "name", value))
          .as(value)
          .isInstanceOf(ConfigSplice.Refused.class);
    }
  }

  @Test
  void charactersBeyondOneUnitAndMarksAreCountedRight() throws Exception {
    String text = "\uFEFFa: \"\uD83D\uDE00\" # \uD83D\uDE00\nb: 1\n";
    assertThat(ConfigSplice.set(text, "b", "2")).isEqualTo(text.replace("b: 1", "b: 2"));
  }

  private static String replaceOnce(String before, String after) {
    int at = TEXT.indexOf(before);
    assertThat(at).as(before).isNotNegative();
    return TEXT.substring(0, at) + after + TEXT.substring(at + before.length());
  }
}
