package io.fairlead.http.files;

import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/** Media types by file extension. Immutable. */
final class MediaTypes {
  private static final String UNKNOWN = "application/octet-stream";
  private static final Map<String, String> BUILT_IN = builtIn();

  private final Map<String, String> own;

  MediaTypes(Map<String, String> own) {
    this.own = Map.copyOf(own);
  }

  String of(String fileName) {
    int dot = fileName.lastIndexOf('.');
    if (dot < 0) return UNKNOWN;
    String extension = fileName.substring(dot + 1).toLowerCase(Locale.ROOT);
    String type = own.get(extension);
    return type != null ? type : BUILT_IN.getOrDefault(extension, UNKNOWN);
  }

  private static Map<String, String> builtIn() {
    Map<String, String> types = new HashMap<>();
    String[] table = {
      "text/html; charset=utf-8", "html htm",
      "text/css; charset=utf-8", "css",
      "text/javascript; charset=utf-8", "js mjs",
      "text/plain; charset=utf-8", "txt text log conf ini",
      "text/markdown; charset=utf-8", "md",
      "text/csv; charset=utf-8", "csv",
      "text/calendar; charset=utf-8", "ics",
      "text/xml; charset=utf-8", "xml",
      "text/vtt; charset=utf-8", "vtt",
      "application/json", "json map",
      "application/ld+json", "jsonld",
      "application/yaml", "yaml yml",
      "application/toml", "toml",
      "application/manifest+json", "webmanifest",
      "application/wasm", "wasm",
      "application/pdf", "pdf",
      "application/zip", "zip",
      "application/gzip", "gz tgz",
      "application/zstd", "zst",
      "application/x-tar", "tar",
      "application/x-7z-compressed", "7z",
      "application/vnd.debian.binary-package", "deb",
      "application/java-archive", "jar war",
      "application/rss+xml", "rss",
      "application/atom+xml", "atom",
      "application/xhtml+xml", "xhtml",
      "application/rtf", "rtf",
      "application/epub+zip", "epub",
      "application/pem-certificate-chain", "pem",
      "image/svg+xml", "svg",
      "image/png", "png",
      "image/jpeg", "jpg jpeg",
      "image/gif", "gif",
      "image/webp", "webp",
      "image/avif", "avif",
      "image/bmp", "bmp",
      "image/tiff", "tif tiff",
      "image/vnd.microsoft.icon", "ico",
      "font/woff", "woff",
      "font/woff2", "woff2",
      "font/ttf", "ttf",
      "font/otf", "otf",
      "audio/mpeg", "mp3",
      "audio/ogg", "oga ogg opus",
      "audio/wav", "wav",
      "audio/flac", "flac",
      "audio/mp4", "m4a",
      "video/mp4", "mp4 m4v",
      "video/webm", "webm",
      "video/quicktime", "mov",
      "video/mp2t", "ts",
      "application/vnd.apple.mpegurl", "m3u8",
      "application/dash+xml", "mpd"
    };
    for (int i = 0; i < table.length; i += 2) {
      for (String extension : table[i + 1].split(" ", -1)) types.put(extension, table[i]);
    }
    return Map.copyOf(types);
  }
}
