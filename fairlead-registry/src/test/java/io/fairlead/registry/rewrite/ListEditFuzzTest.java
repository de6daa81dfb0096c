package io.fairlead.registry.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Whatever the text, it is edited rightly or refused. */
class ListEditFuzzTest {
  private static final String YAML =
      """
      # head 😀
      a: &x { b: [1, 'two'] }
      list:   # here
        # first
        - 10.0.0.1:80   # one

        - "10.0.0.2:80"
        # third
        - '10.0.0.3:80'
      tail: *x
      """;
  private static final String FLOW = "list: [ 'a:1', # c\n  b:2, \"c:3\" ]\r\nx: {list: []}\n";
  private static final String TOML = "[a]\nx = 1\n[list]\nlist = [\n 'a:1', # c\n \"b\", ]\n";

  @FuzzTest(maxDuration = "60s")
  void neverThrowsAndNeverLies(byte[] bytes) throws Exception {
    if (bytes.length < 2) return;
    String text = new String(bytes, 2, bytes.length - 2, StandardCharsets.UTF_8);
    String pointer = (bytes[0] & 2) == 0 ? "/list" : (bytes[0] & 4) == 0 ? "/list/list" : "";
    check(text, (bytes[0] & 1) == 0 ? TextFormat.YAML : TextFormat.TOML, pointer, bytes[1]);
  }

  @Test
  void survivesDamage() {
    String spice = "\t\n -:{}[]\"'#&*!|>%@`?,~<=\\\0é😀.\r";
    Seeds.run(
        3000,
        random -> {
          StringBuilder text = new StringBuilder(Seeds.oneOf(random, YAML, FLOW, TOML));
          for (int n = 1 + random.nextInt(4); n > 0; n--) damage(text, spice, random);
          boolean toml = text.indexOf("list = ") >= 0;
          String pointer = toml ? "/list/list" : "/list";
          check(
              text.toString(),
              toml ? TextFormat.TOML : TextFormat.YAML,
              pointer,
              random.nextInt(256));
        });
  }

  private static void damage(StringBuilder text, String spice, RandomGenerator random) {
    char c = spice.charAt(random.nextInt(spice.length()));
    int at = random.nextInt(text.length());
    switch (random.nextInt(3)) {
      case 0 -> text.setCharAt(at, c);
      case 1 -> text.insert(at, c);
      default -> text.deleteCharAt(at);
    }
  }

  /** The bits of {@code gone} take items out. */
  private static void check(String text, TextFormat format, String pointer, int gone)
      throws Exception {
    ListEdit edit;
    try {
      edit = ListEdit.open(text, format, pointer, ListMemory.none());
    } catch (UneditableException refused) {
      assertThat(refused.getMessage()).isNotBlank();
      return;
    }
    List<Optional<String>> wanted = new ArrayList<>();
    List<Optional<String>> all = new ArrayList<>();
    for (int i = 0; i < edit.entries().size(); i++) {
      Optional<String> value = Optional.of(edit.entries().get(i).original());
      all.add(value);
      wanted.add((gone >> (i & 7) & 1) == 0 ? value : Optional.empty());
    }
    ListEdit.Result cut;
    try {
      cut = edit.apply(wanted, List.of());
    } catch (UneditableException refused) {
      return;
    }
    ListEdit after = ListEdit.open(cut.text(), format, pointer, cut.memory());
    assertThat(after.values()).isEqualTo(wanted.stream().flatMap(Optional::stream).toList());
    assertThat(after.apply(all, List.of()).text()).isEqualTo(text);
  }
}
