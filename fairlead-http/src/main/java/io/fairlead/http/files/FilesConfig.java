package io.fairlead.http.files;

import io.fairlead.http.route.Glob;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A tree of files to serve.
 *
 * @param root directory
 * @param index names tried in order when a directory is asked for
 * @param hide names answered with 404, matched against every segment of a path
 * @param symlinks what is done with symbolic links below the root
 * @param precompressed codings whose files lie next to the originals, in order of preference
 * @param compression what is compressed while it is sent
 * @param cache values of {@code Cache-Control}
 * @param mime media types by file extension (lower case, no dot), before the built-in table
 * @param browse whether a directory without an index is listed
 * @param fallbacks what is served when nothing lies at the path
 * @param cors origins whose scripts may read the files
 * @param robots answer to {@code /robots.txt} when no such file lies there
 */
public record FilesConfig(
    Path root,
    List<String> index,
    List<Glob> hide,
    Symlinks symlinks,
    List<Coding> precompressed,
    Compression compression,
    CacheRules cache,
    Map<String, String> mime,
    boolean browse,
    Fallbacks fallbacks,
    CrossOrigin cors,
    Optional<Robots> robots) {
  /** What is done with symbolic links below the root; the root itself may always be one. */
  public enum Symlinks {
    /** Followed while they end below the root. */
    WITHIN_ROOT,
    /** Answered with 404. */
    NEVER,
    /** Followed anywhere. */
    FOLLOW
  }

  /** What search engines and other crawlers are told. */
  public enum Robots {
    ALLOW,
    DENY
  }

  public FilesConfig {
    index = List.copyOf(index);
    hide = List.copyOf(hide);
    precompressed = List.copyOf(precompressed);
    mime = Map.copyOf(mime);
  }

  /** A tree with the defaults of the configuration. */
  public static FilesConfig of(Path root) {
    return new FilesConfig(
        root,
        List.of("index.html"),
        List.of(),
        Symlinks.WITHIN_ROOT,
        List.of(),
        Compression.NONE,
        CacheRules.NONE,
        Map.of(),
        false,
        Fallbacks.NONE,
        CrossOrigin.NONE,
        Optional.empty());
  }
}
