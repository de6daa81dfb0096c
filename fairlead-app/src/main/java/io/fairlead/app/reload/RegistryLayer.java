package io.fairlead.app.reload;

import io.fairlead.control.api.ReloadResult;
import io.fairlead.core.config.ConfigEdit;
import io.fairlead.core.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;

/**
 * The registry's layer: values that in-process targets put over the files and under what was set
 * through the API. Changes made while another is being applied are applied together, at most one
 * application a second. A change that is refused is dropped, and its callers are told; what the
 * layer held before stays. Thread-safe.
 */
public final class RegistryLayer implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofSeconds(1);

  private final BiFunction<List<LayerEdit>, String, ReloadResult> apply;
  private final LatestWins runner;
  private final Object lock = new Object();
  private List<LayerEdit> held = List.of(); // guarded by lock; what runs
  private List<LayerEdit> wanted = List.of(); // guarded by lock
  private List<CompletableFuture<ReloadResult>> waiting = new ArrayList<>(); // guarded by lock
  private String who = ""; // guarded by lock; of the latest change

  /**
   * @param apply makes these edits the layer, on behalf of who is named; blocks
   */
  RegistryLayer(BiFunction<List<LayerEdit>, String, ReloadResult> apply, Clock clock) {
    this.apply = apply;
    this.runner = new LatestWins("config-registry", PAUSE, clock, this::run);
  }

  /**
   * Puts a value at a path, in place of what the layer said there and below.
   *
   * @param path JSON pointer, e.g. {@code /upstreams/app/endpoints}
   * @param value plain tree of maps, lists, texts, numbers and booleans
   * @param source who says so, as {@code source@position}
   * @return completes when it runs, or with why it does not
   */
  public CompletionStage<ReloadResult> set(String path, Object value, String source) {
    LayerEdit edit = new LayerEdit(ConfigEdit.set(path, value), source, true);
    synchronized (lock) {
      wanted = ConfigInputs.added(wanted, edit);
      return requested(source);
    }
  }

  /** Takes back what the layer says at a path and below it. */
  public CompletionStage<ReloadResult> remove(String path, String source) {
    synchronized (lock) {
      wanted = wanted.stream().filter(each -> !each.edit().within(path)).toList();
      return requested(source);
    }
  }

  @Override
  public void close() {
    runner.close();
  }

  /** Guarded by lock. */
  private CompletionStage<ReloadResult> requested(String source) {
    CompletableFuture<ReloadResult> result = new CompletableFuture<>();
    waiting.add(result);
    who = source;
    runner.request();
    return result;
  }

  private void run() {
    List<LayerEdit> next;
    List<CompletableFuture<ReloadResult>> answered;
    String source;
    synchronized (lock) {
      if (waiting.isEmpty()) return;
      next = wanted;
      answered = waiting;
      waiting = new ArrayList<>();
      source = who;
    }
    ReloadResult result;
    try {
      result = apply.apply(next, source);
    } catch (RuntimeException failure) {
      answered.forEach(each -> each.completeExceptionally(failure));
      throw failure;
    }
    synchronized (lock) {
      if (result instanceof ReloadResult.Applied) held = next;
      else if (wanted.equals(next)) wanted = held;
    }
    answered.forEach(each -> each.complete(result));
  }
}
