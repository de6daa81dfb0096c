package io.fairlead.tunnel.codec;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * One JSON object on one line (RFC 8259), as plain maps, lists, strings, longs and booleans.
 * Strict: no duplicate names, no fractions, nothing behind the object. Depth is bounded; length is
 * the caller's affair.
 */
final class JsonLine {
  private static final int DEPTH_MAX = 8;
  private static final int MEMBERS_MAX = 4_096;

  private final String text;
  private int at;
  private int members;

  private JsonLine(String text) {
    this.text = text;
  }

  static Map<String, Object> read(String text) throws BadControlException {
    JsonLine line = new JsonLine(text);
    line.blanks();
    if (!(line.value(0) instanceof Map<?, ?> map)) throw line.bad("an object is expected");
    line.blanks();
    if (line.at != text.length()) throw line.bad("text behind the object");
    Map<String, Object> object = new LinkedHashMap<>();
    map.forEach((name, value) -> object.put((String) name, value));
    return object;
  }

  static String write(Map<String, ?> object) {
    StringBuilder out = new StringBuilder();
    put(object, out);
    return out.toString();
  }

  private static void put(Object value, StringBuilder out) {
    switch (value) {
      case Map<?, ?> map -> {
        String comma = "{";
        for (Map.Entry<?, ?> entry : map.entrySet()) {
          out.append(comma);
          quoted(String.valueOf(entry.getKey()), out);
          out.append(':');
          put(entry.getValue(), out);
          comma = ",";
        }
        out.append(map.isEmpty() ? "{}" : "}");
      }
      case List<?> list -> {
        String comma = "[";
        for (Object item : list) {
          out.append(comma);
          put(item, out);
          comma = ",";
        }
        out.append(list.isEmpty() ? "[]" : "]");
      }
      case Boolean flag -> out.append(flag);
      case Number number -> out.append(number.longValue());
      default -> quoted(value.toString(), out);
    }
  }

  private static void quoted(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20 || Character.isSurrogate(c)) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }

  private Object value(int depth) throws BadControlException {
    if (depth > DEPTH_MAX) throw bad("too deep");
    if (++members > MEMBERS_MAX) throw bad("too many values");
    return switch (peek()) {
      case '{' -> object(depth);
      case '[' -> list(depth);
      case '"' -> string();
      case 't' -> word("true", true);
      case 'f' -> word("false", false);
      default -> number();
    };
  }

  private Map<String, Object> object(int depth) throws BadControlException {
    Map<String, Object> object = new LinkedHashMap<>();
    at++;
    blanks();
    if (peek() == '}') {
      at++;
      return object;
    }
    while (true) {
      if (peek() != '"') throw bad("a name is expected");
      String name = string();
      blanks();
      expect(':');
      blanks();
      if (object.put(name, value(depth + 1)) != null) throw bad("a name appears twice");
      blanks();
      if (peek() == '}') break;
      expect(',');
      blanks();
    }
    at++;
    return object;
  }

  private List<Object> list(int depth) throws BadControlException {
    List<Object> list = new ArrayList<>();
    at++;
    blanks();
    if (peek() == ']') {
      at++;
      return list;
    }
    while (true) {
      list.add(value(depth + 1));
      blanks();
      if (peek() == ']') break;
      expect(',');
      blanks();
    }
    at++;
    return list;
  }

  private String string() throws BadControlException {
    at++;
    StringBuilder out = new StringBuilder();
    while (true) {
      char c = peek();
      at++;
      if (c == '"') return out.toString();
      if (c < 0x20) throw bad("control character");
      if (c == '\\') {
        char escape = peek();
        at++;
        switch (escape) {
          case '"', '\\', '/' -> out.append(escape);
          case 'n' -> out.append('\n');
          case 't' -> out.append('\t');
          case 'r' -> out.append('\r');
          case 'b' -> out.append('\b');
          case 'f' -> out.append('\f');
          case 'u' -> out.append(unicode());
          default -> throw bad("unknown escape");
        }
      } else {
        out.append(c);
      }
    }
  }

  private char unicode() throws BadControlException {
    int code = 0;
    for (int i = 0; i < 4; i++) {
      int digit = Character.digit(peek(), 16);
      if (digit < 0) throw bad("four hex digits are expected");
      code = code << 4 | digit;
      at++;
    }
    return (char) code;
  }

  private Object word(String word, boolean value) throws BadControlException {
    if (!text.startsWith(word, at)) throw bad("unknown word");
    at += word.length();
    return value;
  }

  private Long number() throws BadControlException {
    int from = at;
    while (at < text.length() && "-0123456789".indexOf(text.charAt(at)) >= 0) at++;
    String digits = text.substring(from, at);
    if (!digits.matches("-?(0|[1-9][0-9]{0,17})")) throw bad("a whole number is expected");
    return Long.valueOf(digits);
  }

  private void expect(char c) throws BadControlException {
    if (peek() != c) throw bad("'" + c + "' is expected");
    at++;
  }

  private char peek() throws BadControlException {
    if (at >= text.length()) throw bad("it ends too early");
    return text.charAt(at);
  }

  private void blanks() {
    while (at < text.length() && " \t\r".indexOf(text.charAt(at)) >= 0) at++;
  }

  private BadControlException bad(String what) {
    return new BadControlException("json at " + at + ": " + what);
  }
}
