package io.fairlead.http.files;

import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;

/**
 * What a directory shows.
 *
 * @param path of the directory as the client asked for it, decoded, with a slash at its end
 * @param entries without those that are hidden
 * @param more whether there are more than are listed
 */
record Listing(String path, List<Entry> entries, boolean more) {
  /** More than these are not listed. */
  static final int MAX = 10_000;

  /**
   * One name in it.
   *
   * @param size in bytes; 0 of a directory
   */
  record Entry(String name, boolean directory, long size, Instant modified) {}

  /** What {@code ?sort=} may say; a minus before it turns the order round. */
  private static Comparator<Entry> order(String sort) {
    boolean descending = sort.startsWith("-");
    Comparator<Entry> byName = Comparator.comparing(Entry::name);
    Comparator<Entry> order =
        switch (descending ? sort.substring(1) : sort) {
          case "size" -> Comparator.comparingLong(Entry::size).thenComparing(byName);
          case "time" -> Comparator.comparing(Entry::modified).thenComparing(byName);
          default -> byName;
        };
    Comparator<Entry> directed = descending ? order.reversed() : order;
    return Comparator.comparing(Entry::directory).reversed().thenComparing(directed);
  }

  /** Directories first, then by what {@code sort} says; by name when it says nothing known. */
  Listing sorted(String sort) {
    return new Listing(path, entries.stream().sorted(order(sort)).toList(), more);
  }

  /** A page that needs nothing from elsewhere. */
  byte[] html() {
    StringBuilder page = new StringBuilder(512 + entries.size() * 96);
    String title = escape(path);
    page.append("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">")
        .append("<meta name=\"viewport\" content=\"width=device-width\"><title>")
        .append(title)
        .append("</title></head>\n<body><h1>")
        .append(title)
        .append("</h1>\n<table>\n<thead><tr>");
    for (String column : List.of("name", "size", "time")) {
      page.append("<th scope=\"col\"><a href=\"?sort=")
          .append(column)
          .append("\">")
          .append(column)
          .append("</a></th>");
    }
    page.append("</tr></thead>\n<tbody>\n");
    if (!path.equals("/")) {
      page.append("<tr><td><a href=\"../\">../</a></td><td></td><td></td></tr>\n");
    }
    for (Entry entry : entries) {
      String slash = entry.directory() ? "/" : "";
      page.append("<tr><td><a href=\"./")
          .append(percent(entry.name()))
          .append(slash)
          .append("\">")
          .append(escape(entry.name()))
          .append(slash)
          .append("</a></td><td>")
          .append(entry.directory() ? "" : Long.toString(entry.size()))
          .append("</td><td>")
          .append(entry.modified().truncatedTo(ChronoUnit.SECONDS))
          .append("</td></tr>\n");
    }
    page.append("</tbody></table>\n");
    if (more) page.append("<p>More than ").append(MAX).append(" names; the rest is left out.</p>");
    return page.append("</body></html>\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  /** The same for programs. */
  byte[] json() {
    StringBuilder json = new StringBuilder(64 + entries.size() * 96);
    json.append("{\"path\":");
    quote(path, json);
    json.append(",\"more\":").append(more).append(",\"entries\":[");
    for (int i = 0; i < entries.size(); i++) {
      Entry entry = entries.get(i);
      if (i > 0) json.append(',');
      json.append("{\"name\":");
      quote(entry.name(), json);
      json.append(",\"type\":\"").append(entry.directory() ? "directory" : "file").append('"');
      if (!entry.directory()) json.append(",\"size\":").append(entry.size());
      json.append(",\"modified\":\"")
          .append(entry.modified().truncatedTo(ChronoUnit.SECONDS))
          .append("\"}");
    }
    return json.append("]}\n").toString().getBytes(StandardCharsets.UTF_8);
  }

  private static String escape(String text) {
    StringBuilder safe = new StringBuilder(text.length() + 8);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '&' -> safe.append("&amp;");
        case '<' -> safe.append("&lt;");
        case '>' -> safe.append("&gt;");
        case '"' -> safe.append("&quot;");
        case '\'' -> safe.append("&#39;");
        default -> safe.append(c < ' ' ? '\ufffd' : c);
      }
    }
    return safe.toString();
  }

  /** Every byte of UTF-8 outside the unreserved set of RFC 3986 §2.3 as an escape. */
  private static String percent(String name) {
    StringBuilder text = new StringBuilder(name.length() + 8);
    for (byte one : name.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (one & 0xff);
      boolean plain =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || "-._~".indexOf(c) >= 0;
      if (plain) text.append(c);
      else text.append('%').append(String.format(Locale.ROOT, "%02X", (int) c));
    }
    return text.toString();
  }

  private static void quote(String text, StringBuilder json) {
    json.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') json.append('\\').append(c);
      else if (c < ' ' || Character.isSurrogate(c) || c == '\u2028' || c == '\u2029')
        json.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      else json.append(c);
    }
    json.append('"');
  }
}
