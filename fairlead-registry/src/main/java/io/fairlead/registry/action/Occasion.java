package io.fairlead.registry.action;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Why a process has to look at its file again.
 *
 * @param target name of the target
 * @param plan id of the plan
 * @param file the file that was written
 * @param added canonical addresses, in order
 * @param block position of the source
 * @param tx transaction behind it, for sources that have one
 */
public record Occasion(
    String target,
    String plan,
    Path file,
    List<String> added,
    List<String> removed,
    String block,
    Optional<String> tx) {
  public Occasion {
    added = List.copyOf(added);
    removed = List.copyOf(removed);
  }
}
