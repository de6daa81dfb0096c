package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigDocument.SourceText;
import java.util.List;

/** What lies under the layers. */
public sealed interface Base {
  /** The gateway's own file with what it includes, or the text it was started with. */
  record Own() implements Base {}

  /** A text given in place of the file's; what it includes is read from disk. */
  record Given(String text) implements Base {}

  /**
   * Files as they were at an earlier time.
   *
   * @param why {@code pushed}, {@code rollback to 12} or {@code last good 12}, for people
   * @param files the main one first
   */
  record Kept(String why, List<SourceText> files) implements Base {
    public Kept {
      files = List.copyOf(files);
    }
  }
}
