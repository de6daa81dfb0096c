package io.fairlead.registry.manage;

import io.fairlead.registry.action.ReloadConfig;
import io.fairlead.registry.action.VerifyConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What the loop is told.
 *
 * @param config the file with the list
 * @param path JSON Pointer to the list in it
 * @param source a file, or an http(s) URL
 * @param defaultPort of addresses without one, on both sides
 * @param reload how the process is told
 * @param verify how to see that it does well
 * @param strictness what ends the loop
 * @param allowEmpty whether a list without entries is believed
 * @param pace when to look, and whether only once
 * @param stateDir own folder: last good list, journal, lines taken out
 */
public record ManageSettings(
    Path config,
    String path,
    String source,
    int defaultPort,
    ReloadConfig reload,
    VerifyConfig verify,
    Strictness strictness,
    boolean allowEmpty,
    Pace pace,
    Path stateDir) {
  /**
   * What ends the loop.
   *
   * @param compatible failures of source and file end it with 1; a line with several addresses is
   *     judged by the first of them; what returns is taken back at once
   * @param exitUnknown end with this code, before anything is changed, when the list names what the
   *     file does not; empty to go on and say so
   */
  public record Strictness(boolean compatible, OptionalInt exitUnknown) {
    public static final Strictness NONE = new Strictness(false, OptionalInt.empty());
  }

  /**
   * When to look.
   *
   * @param interval after each pass
   * @param once one pass, and its outcome is the exit code
   */
  public record Pace(Duration interval, boolean once) {
    public static final Pace DEFAULTS = new Pace(Duration.ofSeconds(5), false);
  }

  /** Where {@code --source} points when nobody says so. */
  public static final String DEFAULT_SOURCE = "proxy_list.txt";

  public static final int DEFAULT_PORT = 8500;
  public static final String DEFAULT_PATH = "/subscribe";

  /** The source as a file; empty for a URL. */
  Optional<Path> sourceFile() {
    boolean url = source.startsWith("http://") || source.startsWith("https://");
    return url ? Optional.empty() : Optional.of(Path.of(source));
  }
}
