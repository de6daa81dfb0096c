package io.fairlead.http.files;

import java.util.List;
import java.util.Locale;

/**
 * What is compressed while it is sent.
 *
 * @param codings in order of preference; none means nothing is
 * @param minBytes smaller files go out as they are
 * @param types media types without parameters, lower case; {@code text/*} stands for all of a kind
 */
public record Compression(List<Coding> codings, long minBytes, List<String> types) {
  /** Types that shrink; pictures, sound, video and archives are compressed already. */
  public static final List<String> USUAL_TYPES =
      List.of(
          "text/*",
          "application/javascript",
          "application/json",
          "application/ld+json",
          "application/manifest+json",
          "application/rss+xml",
          "application/atom+xml",
          "application/xhtml+xml",
          "application/xml",
          "application/yaml",
          "application/toml",
          "application/wasm",
          "image/svg+xml",
          "image/bmp",
          "font/ttf",
          "font/otf");

  public static final Compression NONE = new Compression(List.of(), 1024, USUAL_TYPES);

  public Compression {
    codings = List.copyOf(codings);
    types = List.copyOf(types);
  }

  /** Whether a file of that type and size may be compressed. */
  boolean fits(String mediaType, long size) {
    if (codings.isEmpty() || size < minBytes) return false;
    int semicolon = mediaType.indexOf(';');
    String bare =
        (semicolon < 0 ? mediaType : mediaType.substring(0, semicolon))
            .strip()
            .toLowerCase(Locale.ROOT);
    for (String type : types) {
      boolean kind = type.endsWith("/*");
      if (kind ? bare.startsWith(type.substring(0, type.length() - 1)) : bare.equals(type)) {
        return true;
      }
    }
    return false;
  }
}
