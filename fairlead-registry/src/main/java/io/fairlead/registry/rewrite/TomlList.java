package io.fairlead.registry.rewrite;

import io.fairlead.registry.rewrite.Item.Quote;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.tomlj.TomlArray;
import org.tomlj.TomlParseResult;
import org.tomlj.TomlPosition;
import org.tomlj.TomlTable;

/**
 * Finds a list of strings in a TOML text. The parser says where the key stands and what the values
 * are; the brackets and items behind it are scanned here and must agree with it.
 *
 * @see <a href="https://toml.io/en/v1.0.0">TOML 1.0</a>
 */
final class TomlList {
  private final String text;
  private final Pointer pointer;

  private TomlList(String text, Pointer pointer) {
    this.text = text;
    this.pointer = pointer;
  }

  static Located locate(String text, Pointer pointer) throws UneditableException {
    return new TomlList(text, pointer).locate();
  }

  private Located locate() throws UneditableException {
    if (!TomlText.fits(text)) {
      throw new UneditableException("longer or deeper than a configuration is", 0, 0);
    }
    TomlParseResult parsed = parse();
    TomlTable table = parsed;
    Object at = parsed;
    TomlPosition key = null;
    for (String step : pointer.steps()) {
      key = null;
      if (at instanceof TomlTable inner) {
        table = inner;
        at = inner.get(List.of(step));
        key = at == null ? null : table.inputPositionOf(List.of(step));
      } else if (at instanceof TomlArray array && step.matches("0|[1-9][0-9]{0,8}")) {
        int index = Integer.parseInt(step);
        at = index < array.size() ? array.get(index) : null;
      } else {
        at = null;
      }
    }
    if (!(at instanceof TomlArray list) || key == null) {
      throw new UneditableException("no list at " + pointer, 0, 0);
    }
    int equals = behindEquals(offset(key));
    Layout layout = scan(equals, list);
    return new Located(layout, plain(parsed, list));
  }

  private TomlParseResult parse() throws UneditableException {
    TomlParseResult parsed = TomlText.parse(text).orElse(null);
    if (parsed == null) throw new UneditableException("not valid TOML", 0, 0);
    if (parsed.hasErrors()) {
      var first = parsed.errors().getFirst();
      String message = first.getMessage();
      throw new UneditableException(
          "not valid TOML: " + (message == null ? "" : message.lines().findFirst().orElse("")),
          first.position().line(),
          first.position().column());
    }
    return parsed;
  }

  private int offset(TomlPosition position) throws UneditableException {
    Lines lines = new Lines(text);
    int line = position.line() - 1;
    int start = lines.start(Math.clamp(line, 0, lines.lineOf(text.length())));
    int length = text.length() - start;
    int points = Math.min(position.column() - 1, text.codePointCount(start, start + length));
    return text.offsetByCodePoints(start, points);
  }

  /** From a key, perhaps dotted and quoted, to behind its equals sign. */
  private int behindEquals(int key) throws UneditableException {
    int at = key;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '=') return at + 1;
      if (c == '"' || c == '\'') {
        at = stringEnd(at);
      } else if (Character.isLetterOrDigit(c)
          || c == '_'
          || c == '-'
          || c == '.'
          || c == ' '
          || c == '\t') {
        at++;
      } else {
        break;
      }
    }
    throw UneditableException.at(text, at, "no equals sign behind the key of the list");
  }

  private Layout scan(int anchor, TomlArray list) throws UneditableException {
    int open = skip(anchor, false);
    if (open >= text.length() || text.charAt(open) != '[') {
      throw UneditableException.at(text, open, "no list at " + pointer);
    }
    List<Item> items = new ArrayList<>();
    int at = skip(open + 1, true);
    while (at < text.length() && text.charAt(at) != ']') {
      if (items.size() >= list.size()) break;
      if (!(list.get(items.size()) instanceof String value)) {
        throw UneditableException.at(text, at, "an item is not a text");
      }
      char c = text.charAt(at);
      if (c != '"' && c != '\'') throw UneditableException.at(text, at, "an item is not a text");
      int end = stringEnd(at);
      boolean triple = text.startsWith(String.valueOf(c).repeat(3), at);
      Quote quote = triple ? Quote.MULTI_LINE : c == '"' ? Quote.DOUBLE : Quote.SINGLE;
      items.add(new Item(value, at, end, quote));
      at = skip(end, true);
      if (at < text.length() && text.charAt(at) == ',') at = skip(at + 1, true);
    }
    if (at >= text.length() || text.charAt(at) != ']' || items.size() != list.size()) {
      throw UneditableException.at(text, open, "the list does not end where it should");
    }
    return FlowScan.layout(text, items, anchor, open, at);
  }

  private int skip(int from, boolean overLines) {
    int at = from;
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '#' && overLines) {
        while (at < text.length() && text.charAt(at) != '\n') at++;
      } else if (c == ' ' || c == '\t' || (overLines && (c == '\n' || c == '\r'))) {
        at++;
      } else {
        break;
      }
    }
    return at;
  }

  /** Behind a string of any of the four kinds (TOML 1.0, "String"). */
  private int stringEnd(int start) throws UneditableException {
    char quote = text.charAt(start);
    String triple = String.valueOf(quote).repeat(3);
    boolean multi = text.startsWith(triple, start);
    int at = start + (multi ? 3 : 1);
    while (at < text.length()) {
      char c = text.charAt(at);
      if (c == '\\' && quote == '"') {
        at += 2;
      } else if (multi && text.startsWith(triple, at)) {
        // Up to two quotes may stand directly before the closing three.
        at += 3;
        while (at < text.length() && text.charAt(at) == quote) at++;
        return at;
      } else if (!multi && c == quote) {
        return at + 1;
      } else {
        at++;
      }
    }
    throw UneditableException.at(text, start, "a text without its end");
  }

  @SuppressWarnings("ReferenceEquality") // that list, not one like it
  private static Object plain(@Nullable Object value, TomlArray list) {
    if (value == list) return "the list";
    if (value instanceof TomlTable table) {
      TreeMap<String, Object> members = new TreeMap<>();
      for (String key : table.keySet()) members.put(key, plain(table.get(List.of(key)), list));
      return members;
    }
    if (value instanceof TomlArray array) {
      List<Object> items = new ArrayList<>(List.of("[]"));
      for (int i = 0; i < array.size(); i++) items.add(plain(array.get(i), list));
      return items;
    }
    return value == null ? "" : value;
  }
}
