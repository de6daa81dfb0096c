package io.fairlead.registry.evm.abi;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the text of one type. Used once, by one thread. */
final class TypeParser {
  private static final int TEXT_MAX = 1_000;
  private static final int DEPTH_MAX = 6;
  private static final int MEMBERS_MAX = 64;
  private static final int LENGTH_MAX = 1_024;
  private static final int HEAD_MAX = 64 * 1_024;
  private static final Pattern WORD = Pattern.compile("[A-Za-z_$][A-Za-z0-9_$]*");
  private static final Pattern INT = Pattern.compile("(u?)int([0-9]{0,3})");
  private static final Pattern BYTES = Pattern.compile("bytes([0-9]{1,2})");
  private static final Pattern LENGTH = Pattern.compile("[1-9][0-9]{0,3}");

  private final String text;
  private int at;

  TypeParser(String text) {
    this.text = text;
  }

  AbiType whole() throws BadAbiException {
    if (text.length() > TEXT_MAX) throw new BadAbiException("longer than " + TEXT_MAX);
    AbiType type = type(0);
    spaces();
    if (at != text.length()) throw bad("`" + text.substring(at) + "` after the type");
    return type;
  }

  private AbiType type(int depth) throws BadAbiException {
    if (depth > DEPTH_MAX) throw bad("nested deeper than " + DEPTH_MAX);
    spaces();
    AbiType type;
    if (peek() == '(') {
      type = tuple(depth);
    } else {
      String word = word();
      spaces();
      type = word.equals("tuple") && peek() == '(' ? tuple(depth) : plain(word);
    }
    int arrays = 0;
    while (peek() == '[') {
      if (++arrays + depth > DEPTH_MAX) throw bad("nested deeper than " + DEPTH_MAX);
      type = array(type);
    }
    if (type.headSize() > HEAD_MAX) throw bad("larger than " + HEAD_MAX + " bytes");
    return type;
  }

  private AbiType.Tuple tuple(int depth) throws BadAbiException {
    at++;
    List<AbiType.Member> members = new ArrayList<>();
    do {
      AbiType type = type(depth + 1);
      spaces();
      members.add(new AbiType.Member(peek() == ',' || peek() == ')' ? "" : word(), type));
      if (members.size() > MEMBERS_MAX) throw bad("more than " + MEMBERS_MAX + " members");
      spaces();
    } while (skip(','));
    if (!skip(')')) throw bad("`)` expected");
    return new AbiType.Tuple(members);
  }

  private AbiType array(AbiType element) throws BadAbiException {
    int close = text.indexOf(']', at);
    if (close < 0) throw bad("`]` expected");
    String length = text.substring(at + 1, close);
    at = close + 1;
    if (length.isEmpty()) return new AbiType.Array(element);
    if (!LENGTH.matcher(length).matches() || Integer.parseInt(length) > LENGTH_MAX) {
      throw bad("length of an array is 1 to " + LENGTH_MAX);
    }
    long size = (long) element.headSize() * Integer.parseInt(length);
    if (size > HEAD_MAX) throw bad("larger than " + HEAD_MAX + " bytes");
    return new AbiType.FixedArray(element, Integer.parseInt(length));
  }

  private AbiType plain(String word) throws BadAbiException {
    switch (word) {
      case "string":
        return new AbiType.Octets(true);
      case "bytes":
        return new AbiType.Octets(false);
      case "bool":
        return new AbiType.Bool();
      case "address":
        return new AbiType.Address();
      default:
        break;
    }
    Matcher number = INT.matcher(word);
    if (number.matches()) {
      int bits = number.group(2).isEmpty() ? 256 : Integer.parseInt(number.group(2));
      if (bits < 8 || bits > 256 || bits % 8 != 0) throw bad("no type: " + word);
      return new AbiType.Int(number.group(1).isEmpty(), bits);
    }
    Matcher bytes = BYTES.matcher(word);
    if (bytes.matches()) {
      int length = Integer.parseInt(bytes.group(1));
      if (length >= 1 && length <= AbiType.WORD) return new AbiType.FixedBytes(length);
    }
    throw bad("no type: " + word);
  }

  private String word() throws BadAbiException {
    Matcher word = WORD.matcher(text).region(at, text.length());
    if (!word.lookingAt()) throw bad("a word expected at " + at);
    at = word.end();
    return word.group();
  }

  private void spaces() {
    while (peek() == ' ') at++;
  }

  private boolean skip(char wanted) {
    if (peek() != wanted) return false;
    at++;
    return true;
  }

  private char peek() {
    return at < text.length() ? text.charAt(at) : '\0';
  }

  private BadAbiException bad(String why) {
    return new BadAbiException(
        "`" + (text.length() > 100 ? text.substring(0, 100) : text) + "`: " + why);
  }
}
