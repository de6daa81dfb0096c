package io.fairlead.control.api;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** Generations the gateway remembers, as the control API shows them: without secrets. */
public final class ConfigHistory {
  private ConfigHistory() {}

  /**
   * One generation.
   *
   * @param parent the one it followed; 0 for none
   * @param result {@code applied}, {@code unconfirmed}, {@code confirmed} or {@code rolled_back}
   * @param changes how many settings differ from the parent
   */
  public record Entry(
      long generation,
      long parent,
      String hash,
      Instant at,
      Who who,
      String comment,
      String result,
      Duration took,
      int changes) {}

  /** A generation with what it was made of. */
  public record Detail(Entry entry, List<Text> files, List<Edit> layers, List<Change> diff) {
    public Detail {
      files = List.copyOf(files);
      layers = List.copyOf(layers);
      diff = List.copyOf(diff);
    }
  }

  /** A file, secrets that stand in it replaced by asterisks. */
  public record Text(String name, String text) {}

  /** A value over the files; its text is not shown. */
  public record Edit(String layer, String op, String path, String who, boolean ephemeral) {}

  /** What differs between two generations. */
  public record Difference(long from, long to, List<Value> changes) {
    public Difference {
      changes = List.copyOf(changes);
    }
  }

  /**
   * One setting.
   *
   * @param before plain tree, empty when it was not set
   * @param after plain tree, empty when it is no longer set
   * @param secret the trees do not show what changed
   */
  public record Value(
      String path, Change.Op op, Optional<Object> before, Optional<Object> after, boolean secret) {}
}
