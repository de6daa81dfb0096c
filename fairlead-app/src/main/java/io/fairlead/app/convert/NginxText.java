package io.fairlead.app.convert;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Texts with variables, nginx's and ours. */
final class NginxText {
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\{(\\w+)}|(\\w+))");

  /** What our templates would take for a variable. */
  private static final Pattern OURS = Pattern.compile("\\{[A-Za-z0-9_.:-]+}");

  private static final Map<String, String> COUNTERPARTS =
      Map.ofEntries(
          Map.entry("host", "{host}"),
          Map.entry("http_host", "{h:Host}"),
          Map.entry("remote_addr", "{client_ip}"),
          Map.entry("realip_remote_addr", "{remote_addr}"),
          Map.entry("scheme", "{scheme}"),
          Map.entry("request_uri", "{request_uri}"),
          Map.entry("uri", "{path}"),
          Map.entry("document_uri", "{path}"),
          Map.entry("args", "{query}"),
          Map.entry("query_string", "{query}"),
          Map.entry("request_method", "{method}"),
          Map.entry("request_id", "{request_id}"));

  private NginxText() {}

  /** In our notation; empty when a variable has no counterpart. */
  static Optional<String> template(String text, Map<String, String> known) {
    if (OURS.matcher(text.replaceAll("\\$\\{\\w+}", "")).find()) return Optional.empty();
    StringBuilder out = new StringBuilder();
    Matcher variable = VARIABLE.matcher(text);
    int end = 0;
    while (variable.find()) {
      String name = variable.group(1) == null ? variable.group(2) : variable.group(1);
      Optional<String> ours = counterpart(name, known);
      if (ours.isEmpty()) return Optional.empty();
      out.append(text.substring(end, variable.start())).append(ours.get());
      end = variable.end();
    }
    return Optional.of(out.append(text.substring(end)).toString());
  }

  private static Optional<String> counterpart(String name, Map<String, String> known) {
    if (known.containsKey(name)) return Optional.of(known.get(name));
    if (COUNTERPARTS.containsKey(name)) return Optional.of(COUNTERPARTS.get(name));
    if (!name.startsWith("http_")) return Optional.empty();
    StringBuilder field = new StringBuilder("{h:");
    for (String word : name.substring("http_".length()).split("_", -1)) {
      if (word.isEmpty()) return Optional.empty();
      if (field.length() > "{h:".length()) field.append('-');
      field.append(word.substring(0, 1).toUpperCase(Locale.ROOT)).append(word.substring(1));
    }
    return Optional.of(field.append('}').toString());
  }

  static boolean hasVariable(String text) {
    return VARIABLE.matcher(text).find();
  }

  /** A text as a regular expression that finds just it. */
  static String quoted(String text) {
    return text.replaceAll("([\\\\.\\[\\]{}()*+?^$|])", "\\\\$1");
  }
}
