package io.fairlead.registry.rewrite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is not edited, and that the reason says where. */
class RefusedTextsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "list: &a [x:1]                      | 1:7: it has an anchor",
        "a: &a [x:1]\\nlist: *a              | 2:7: it has an anchor, an alias",
        "list: !mine [x:1]                   | 1:7: it has an anchor, an alias or a tag",
        "list: [&a x:1]                      | 1:8: an item has an anchor",
        "a: &a x:1\\nlist: [*a]              | 2:8: an item has an anchor, alias",
        "base: &b {list: [x:1]}\\n<<: *b     | may come from a merge",
        "list: [x:1]\\n---\\nlist: []        | 2:1: a second document",
        "list: [1, 2]                        | 1:8: an item is not a text",
        "list: [x:1, null]                   | 1:13: an item is not a text",
        "list: [{a: b}]                      | 1:8: an item is not a text",
        "list:\\n- >\\n  x:1                 | 2:3: an item is a block text",
        "list: x:1                           | 1:7: no list at /list",
        "other: 1                            | no list at /list",
        "list: [a]\\nlist: [b]               | 2:1: `list` is written twice",
        "list: [a                            | not valid YAML",
        "? list\\n: - a                      | the key of the list is not followed by its colon",
      })
  void yaml(String text, String reason) {
    assertThatThrownBy(() -> open(text.strip().replace("\\n", "\n"), TextFormat.YAML))
        .isInstanceOf(UneditableException.class)
        .hasMessageContaining(reason.strip());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "list = [1]              | 1:9: an item is not a text",
        "list = [['a']]          | 1:9: an item is not a text",
        "list = 'a'              | no list at /list",
        "other = 1               | no list at /list",
        "list = ['a'             | not valid TOML",
        "[[list]]\\na = 1        | no equals sign behind the key",
      })
  void toml(String text, String reason) {
    assertThatThrownBy(() -> open(text.strip().replace("\\n", "\n"), TextFormat.TOML))
        .isInstanceOf(UneditableException.class)
        .hasMessageContaining(reason.strip());
  }

  /** The parser has no word for these, and throws. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "[ist] # a\nlist ={[\n 'a', # b\n \"b\",]\n# c\n[x.y]\nz = $a1,b=[2]}\n",
      })
  void tomlThatItsParserFallsOver(String text) {
    assertThatThrownBy(() -> open(text, TextFormat.TOML))
        .isInstanceOf(UneditableException.class)
        .hasMessageContaining("not valid TOML");
  }

  @Test
  void anAnchorAboveTheListIsRefusedSinceAnAliasWouldFollowIt() {
    assertThatThrownBy(
            () ->
                ListEdit.open(
                    "a: &a\n  list: [x:1]\nb: *a\n", TextFormat.YAML, "/a/list", ListMemory.none()))
        .isInstanceOf(UneditableException.class)
        .hasMessageContaining("on the way to it");
  }

  @Test
  void aListInsideOfAListIsNotEmptied() throws Exception {
    ListEdit edit = ListEdit.open("-\n  - a:1\n", TextFormat.YAML, "/0", ListMemory.none());
    assertThatThrownBy(() -> edit.apply(List.of(Optional.empty()), List.of()))
        .isInstanceOf(UneditableException.class);
  }

  @Test
  void aListThatSaysItAlreadyStaysByteForByte() throws Exception {
    String text = "list: [ 'a:1' ,\"b:2\" ]";
    ListEdit edit = open(text, TextFormat.YAML);
    assertThat(edit.apply(List.of(Optional.of("a:1"), Optional.of("b:2")), List.of()).text())
        .isSameAs(text);
  }

  @Test
  void theNameTellsTheFormat() {
    assertThat(TextFormat.ofName(Path.of("/x/a.YML"))).contains(TextFormat.YAML);
    assertThat(TextFormat.ofName(Path.of("a.toml"))).contains(TextFormat.TOML);
    assertThat(TextFormat.ofName(Path.of("a.conf"))).isEmpty();
  }

  private static ListEdit open(String text, TextFormat format) throws UneditableException {
    return ListEdit.open(text, format, "/list", ListMemory.none());
  }
}
