package io.fairlead.registry.rewrite;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/** Lists of every shape, cut and restored at random; the generator knows what must come out. */
class RandomListsTest {
  /** A text in pieces; a piece with an owner goes when that item goes. */
  private record Piece(String text, int owner) {}

  private record Text(List<Piece> pieces, List<String> values, boolean emptied, String pointer) {
    String without(List<Boolean> gone) {
      StringBuilder text = new StringBuilder();
      boolean none = gone.stream().allMatch(each -> each);
      for (Piece piece : pieces) {
        if (piece.owner() == EMPTY_MARK) text.append(none ? " []" : "");
        else if (piece.owner() < 0 || !gone.get(piece.owner())) text.append(piece.text());
      }
      return text.toString();
    }
  }

  private static final int KEPT = -1;
  private static final int EMPTY_MARK = -2;

  @Test
  void aBlockListLosesExactlyTheLinesOfItsItems() {
    Seeds.run(
        400,
        random -> {
          Text text = blockList(random);
          List<Boolean> none = text.values().stream().map(value -> false).toList();
          String original = text.without(none);
          ListMemory memory = ListMemory.none();
          String now = original;
          for (int round = 0; round < 6; round++) {
            List<Boolean> gone = new ArrayList<>();
            for (int i = 0; i < text.values().size(); i++) gone.add(random.nextInt(3) == 0);
            if (random.nextInt(5) == 0) gone.replaceAll(each -> true);
            ListEdit edit = ListEdit.open(now, TextFormat.YAML, text.pointer(), memory);
            ListEdit.Result result = edit.apply(wanted(text, gone), List.of());
            assertThat(result.text()).isEqualTo(text.without(gone));
            now = result.text();
            memory = result.memory();
          }
          ListEdit last = ListEdit.open(now, TextFormat.YAML, text.pointer(), memory);
          assertThat(last.apply(wanted(text, none), List.of()).text()).isEqualTo(original);
        });
  }

  @Test
  void anEditOutsideOfTheListDoesNotDisturbTheReturn() {
    Seeds.run(
        200,
        random -> {
          Text text = blockList(random);
          List<Boolean> none = text.values().stream().map(value -> false).toList();
          List<Boolean> gone = new ArrayList<>(none);
          gone.replaceAll(each -> random.nextBoolean());
          String original = text.without(none);
          ListEdit first =
              ListEdit.open(original, TextFormat.YAML, text.pointer(), ListMemory.none());
          ListEdit.Result cut = first.apply(wanted(text, gone), List.of());
          String before = "# the operator was here\nfirst: [1]\n";
          ListEdit second =
              ListEdit.open(before + cut.text(), TextFormat.YAML, text.pointer(), cut.memory());
          assertThat(second.apply(wanted(text, none), List.of()).text())
              .isEqualTo(before + original);
        });
  }

  @Test
  void aListTheOperatorChangedMeanwhileTakesItsItemsBack() {
    Seeds.run(
        300,
        random -> {
          boolean block = random.nextBoolean();
          Text text = block ? blockList(random) : bracketList(random);
          List<Boolean> none = text.values().stream().map(value -> false).toList();
          List<Boolean> gone = new ArrayList<>(none);
          gone.replaceAll(each -> random.nextBoolean());
          ListEdit first =
              ListEdit.open(text.without(none), TextFormat.YAML, text.pointer(), ListMemory.none());
          ListEdit.Result cut = first.apply(wanted(text, gone), List.of());
          ListEdit hand =
              ListEdit.open(cut.text(), TextFormat.YAML, text.pointer(), ListMemory.none());
          String added = "by-hand.example:1";
          List<Optional<String>> same =
              hand.entries().stream().map(entry -> Optional.of(entry.original())).toList();
          String changed = hand.apply(same, List.of(added)).text();

          ListEdit back = ListEdit.open(changed, TextFormat.YAML, text.pointer(), cut.memory());
          List<Optional<String>> all =
              back.entries().stream().map(entry -> Optional.of(entry.original())).toList();
          String result = back.apply(all, List.of()).text();
          List<String> values =
              ListEdit.open(result, TextFormat.YAML, text.pointer(), ListMemory.none()).values();
          List<String> expected = new ArrayList<>(text.values());
          expected.add(added);
          assertThat(values).containsExactlyInAnyOrderElementsOf(expected);
          List<String> old = new ArrayList<>(values);
          old.remove(added);
          assertThat(old).isEqualTo(text.values());
        });
  }

  @Test
  void aBracketListMeansWhatIsLeftAndNothingAroundItMoves() {
    Seeds.run(
        600,
        random -> {
          boolean toml = random.nextBoolean();
          TextFormat format = toml ? TextFormat.TOML : TextFormat.YAML;
          Text list = bracketList(random);
          String head = toml ? "a = 1 # 😀\n" : "a: 1 # 😀\n";
          String key = toml ? "list = " : "list: ";
          String tail = toml ? " # end\nz = [ 'x' ]\n" : " # end\nz: [ 'x' ]\n";
          List<Boolean> none = list.values().stream().map(value -> false).toList();
          String body = list.without(none).substring("list: ".length());
          String original = head + key + body.stripTrailing() + tail;
          ListMemory memory = ListMemory.none();
          String now = original;
          for (int round = 0; round < 4; round++) {
            List<Boolean> gone = new ArrayList<>();
            for (int i = 0; i < none.size(); i++) gone.add(random.nextInt(3) == 0);
            ListEdit edit = ListEdit.open(now, format, "/list", memory);
            ListEdit.Result result = edit.apply(wanted(list, gone), List.of());
            now = result.text();
            memory = result.memory();
            assertThat(now).startsWith(head + key + "[").endsWith("]" + tail);
            assertThat(ListEdit.open(now, format, "/list", ListMemory.none()).values())
                .isEqualTo(wanted(list, gone).stream().flatMap(Optional::stream).toList());
          }
          ListEdit last = ListEdit.open(now, format, "/list", memory);
          assertThat(last.apply(wanted(list, none), List.of()).text()).isEqualTo(original);
        });
  }

  private static List<Optional<String>> wanted(Text text, List<Boolean> gone) {
    List<Optional<String>> wanted = new ArrayList<>();
    for (int i = 0; i < gone.size(); i++) {
      wanted.add(gone.get(i) ? Optional.empty() : Optional.of(text.values().get(i)));
    }
    return wanted;
  }

  private static Text blockList(RandomGenerator random) {
    String eol = Seeds.oneOf(random, "\n", "\n", "\r\n");
    String indent = " ".repeat(random.nextInt(5));
    List<Piece> pieces = new ArrayList<>();
    List<String> values = new ArrayList<>();
    if (random.nextBoolean()) pieces.add(new Piece("# über alles 😀" + eol, KEPT));
    pieces.add(new Piece("other: { x: [a, b] }" + eol + "list:", KEPT));
    pieces.add(new Piece("", EMPTY_MARK));
    pieces.add(new Piece((random.nextBoolean() ? "  # about it" : "") + eol, KEPT));
    int count = random.nextInt(1, 9);
    for (int i = 0; i < count; i++) {
      if (random.nextInt(4) == 0) {
        if (random.nextBoolean()) pieces.add(new Piece(indent + "# heading" + eol, KEPT));
        pieces.add(new Piece(eol, KEPT));
      }
      for (int j = random.nextInt(3); j > 1; j--) {
        pieces.add(new Piece(indent + "# belongs to " + i + eol, i));
      }
      String value = "10.0.0." + i + ":8500";
      values.add(value);
      String written = Seeds.oneOf(random, value, "\"" + value + "\"", "'" + value + "'");
      String comment = random.nextInt(3) == 0 ? "   # näher" : "";
      pieces.add(new Piece(indent + "- " + written + comment + eol, i));
    }
    pieces.add(new Piece("tail: |" + eol + "  - 10.0.0.1:8500" + eol, KEPT));
    return new Text(pieces, values, false, "/list");
  }

  private static Text bracketList(RandomGenerator random) {
    StringBuilder text = new StringBuilder("list: [");
    List<String> values = new ArrayList<>();
    int count = random.nextInt(0, 7);
    for (int i = 0; i < count; i++) {
      if (random.nextInt(4) == 0) {
        text.append(random.nextBoolean() ? " # note, with comma ]\n" : "\n");
        if (random.nextInt(3) == 0) text.append("  # above\n");
        text.append("  ");
      } else if (random.nextBoolean()) {
        text.append(' ');
      }
      String value = "h" + i + ".example:" + (8500 + i);
      values.add(value);
      String quote = random.nextBoolean() ? "'" : "\"";
      text.append(quote).append(value).append(quote);
      if (i + 1 < count || random.nextInt(3) == 0) text.append(random.nextInt(5) == 0 ? " ," : ",");
    }
    if (random.nextInt(3) == 0) text.append(" # last\n");
    text.append(random.nextBoolean() ? "]\n" : " ]\n");
    return new Text(List.of(new Piece(text.toString(), KEPT)), values, false, "/list");
  }
}
