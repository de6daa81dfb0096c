package io.fairlead.control.api;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;

/**
 * The configuration as its control API sees it: changing it, going back, and what it was. Any
 * thread; what may take a while returns a stage.
 */
public interface ConfigControl {
  /** Carries the wish out, or with {@link ReloadRequest#dryRun} only prepares it. Single flight. */
  CompletionStage<ReloadResult> reload(ReloadRequest request);

  /**
   * Reads and compares with the running configuration; opens nothing.
   *
   * @param text instead of the files
   */
  CompletionStage<AdaptReport> adapt(Optional<String> text);

  /**
   * The same for another program's configuration. Files that it names are not read.
   *
   * @param format whose it is
   * @return empty when the format is unknown
   */
  Optional<CompletionStage<AdaptReport>> adaptForeign(String format, String text);

  /**
   * Keeps the change that waits for it.
   *
   * @return its generation; empty when none waits
   */
  CompletionStage<Optional<Long>> confirm(Who who);

  /** Generations, newest first. */
  CompletionStage<List<ConfigHistory.Entry>> history();

  CompletionStage<Optional<ConfigHistory.Detail>> generation(long generation);

  /** Empty when one of them is not remembered. */
  CompletionStage<Optional<ConfigHistory.Difference>> difference(long from, long to);

  /** The configuration file as it is now, secrets as asterisks; empty when there is no file. */
  CompletionStage<Optional<String>> source();

  /** Where each running setting comes from. */
  Origins origins();

  /**
   * @param base {@code file}, or why other text runs in its place
   * @param byPath {@code file}, {@code registry}, {@code api} or {@code default}, by JSON pointer
   */
  record Origins(String base, Map<String, String> byPath) {
    public Origins {
      byPath = Collections.unmodifiableMap(new LinkedHashMap<>(byPath));
    }
  }
}
