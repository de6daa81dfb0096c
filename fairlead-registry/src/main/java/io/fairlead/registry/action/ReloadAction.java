package io.fairlead.registry.action;

/** One way to make a process read its file again. Called by one thread at a time; may block. */
public interface ReloadAction {
  /** The word in the configuration, e.g. {@code pid_path}. */
  String type();

  /** Does it once, within its own time limit. Repeatable. */
  ActionResult run(Occasion occasion) throws InterruptedException;

  /**
   * Whether the process sees the file through a mount of that very file, so that a rename would
   * leave it on the old one.
   */
  default boolean holdsTheFileItself(java.nio.file.Path file) throws InterruptedException {
    return false;
  }
}
