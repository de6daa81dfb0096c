package io.fairlead.control.api;

import io.fairlead.core.config.ConfigEdit;
import java.util.OptionalLong;

/** What the configuration is to become. */
public sealed interface Wish {
  /** The files as they are now; what was set through the API stays over them. */
  record Again() implements Wish {}

  /**
   * This text instead of the files, until the files are read again.
   *
   * @param toFile replace the configuration file by it, in the same step
   */
  record Text(String text, boolean toFile) implements Wish {}

  /**
   * One more edit in the API's layer.
   *
   * @param ephemeral forgotten when the process ends
   */
  record Edit(ConfigEdit edit, boolean ephemeral) implements Wish {}

  /** Without what the API's layer says at a path and below it; the empty path is all of it. */
  record Revert(String path) implements Wish {}

  /** A generation of the history once more; empty is the one before the running one. */
  record BackTo(OptionalLong generation) implements Wish {}
}
