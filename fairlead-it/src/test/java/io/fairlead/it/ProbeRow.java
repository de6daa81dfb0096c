package io.fairlead.it;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * One line of {@code probe/http1.txt}, whose head explains the notation.
 *
 * @param accepted what the published list takes as an answer
 * @param answers ours, one word each
 * @param fields that the last answer must have
 * @param bodies of the requests that must reach the upstream, as written
 * @param saw fields of the last of them: {@code Name=value} or {@code !Name}
 * @param steps what is sent, each after the answer to the one before, as written
 */
record ProbeRow(
    String where,
    String id,
    String rfc,
    List<String> accepted,
    List<String> answers,
    List<String> fields,
    List<String> bodies,
    List<String> saw,
    List<String> steps) {
  private static final String LIST = "/probe/http1.txt";
  private static final Pattern REPEAT = Pattern.compile("\\{([^{}]+)\\*(\\d+)}", Pattern.DOTALL);
  private static final Pattern MACRO = Pattern.compile("\\{([a-z]+\\d?)}");
  private static final Pattern BODY = Pattern.compile("\\[([^]]*)]");
  private static final String CHUNK_END = "\r\n0\r\n\r\n";

  /** All lines, in order. */
  static List<ProbeRow> all() throws IOException {
    Map<String, String> macros = new HashMap<>();
    List<ProbeRow> rows = new ArrayList<>();
    for (String line : text().split("\n", -1)) {
      if (line.isEmpty() || line.startsWith("#")) continue;
      String[] parts = line.split(" \\| ", -1);
      if (line.startsWith("= ")) {
        macros.put(parts[0].substring(2), expanded(parts[1], macros));
        continue;
      }
      if (parts.length != 7) throw new IllegalStateException("not seven columns: " + line);
      rows.add(row(parts, macros));
    }
    return rows;
  }

  private static ProbeRow row(String[] parts, Map<String, String> macros) {
    List<String> answers = new ArrayList<>();
    List<String> fields = new ArrayList<>();
    for (String word : parts[4].split(" ", -1)) {
      if (word.startsWith("+")) fields.add(word.substring(1));
      else answers.add(word);
    }
    List<String> bodies = new ArrayList<>();
    Matcher body = BODY.matcher(parts[5]);
    while (body.find()) bodies.add(expanded(body.group(1), macros));
    List<String> saw = new ArrayList<>();
    for (String word : BODY.matcher(parts[5]).replaceAll("").split(" ", -1)) {
      if (!word.isEmpty() && !word.equals("none"))
        saw.add(word.replace('_', word.startsWith("!") ? '_' : ' '));
    }
    List<String> steps = new ArrayList<>();
    for (String step : parts[6].split(">>", -1)) steps.add(expanded(step, macros));
    return new ProbeRow(
        parts[0],
        parts[1],
        parts[2],
        List.of(parts[3].split(" ", -1)),
        answers,
        fields,
        bodies,
        saw,
        steps);
  }

  private static String text() throws IOException {
    try (InputStream in = ProbeRow.class.getResourceAsStream(LIST)) {
      return new String(Objects.requireNonNull(in, LIST).readAllBytes(), ISO_8859_1);
    }
  }

  private static String expanded(String text, Map<String, String> macros) {
    String known =
        MACRO
            .matcher(text)
            .replaceAll(
                found ->
                    Matcher.quoteReplacement(macros.getOrDefault(found.group(1), found.group())));
    return REPEAT
        .matcher(unescaped(known))
        .replaceAll(
            found ->
                Matcher.quoteReplacement(found.group(1).repeat(Integer.parseInt(found.group(2)))));
  }

  private static String unescaped(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c != '\\') {
        out.append(c);
        continue;
      }
      i++;
      switch (text.charAt(i)) {
        case 'r' -> out.append('\r');
        case 'n' -> out.append('\n');
        case 't' -> out.append('\t');
        case '0' -> out.append('\0');
        case '\\' -> out.append('\\');
        case 'x' -> {
          out.append((char) Integer.parseInt(text.substring(i + 1, i + 3), 16));
          i += 2;
        }
        default -> throw new IllegalStateException("unknown escape in: " + text);
      }
    }
    return out.toString();
  }

  /**
   * What a text of this row means on one listener.
   *
   * @param target of requests: a path, or scheme, authority and path
   */
  static String spelled(String text, String target, String path, String authority) {
    String bytes = text.replace("{T}", target).replace("{P}", path).replace("{H}", authority);
    int chunk = bytes.indexOf("{hex}\r\n");
    if (chunk >= 0) {
      int length = bytes.length() - CHUNK_END.length() - (chunk + "{hex}\r\n".length());
      bytes = bytes.replace("{hex}", Integer.toHexString(length));
    }
    int body = bytes.indexOf("\r\n\r\n") + 4;
    return bytes.replace("{n}", Integer.toString(bytes.length() - body));
  }

  /** Whether the published list takes an answer of ours. */
  boolean takes(String answer) {
    String plain = answer.replace("!", "");
    return accepted.contains(plain)
        || (plain.matches("\\d{3}") && accepted.contains(plain.charAt(0) + "xx"))
        || (accepted.contains("!101") && !plain.equals("101"));
  }

  @Override
  public String toString() {
    return id + " on " + where;
  }
}
