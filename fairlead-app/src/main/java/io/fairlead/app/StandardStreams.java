package io.fairlead.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What stands behind the standard streams of this process. */
public final class StandardStreams {
  public static final int OUT = 1;
  public static final int ERR = 2;

  private StandardStreams() {}

  /**
   * Whether a descriptor is a terminal. The JDK tells only whether standard input and output both
   * are, so that the link of the descriptor is asked where there is one.
   */
  @SuppressWarnings("SystemConsoleNull") // the checker of nullness reads the JDK's own annotation
  public static boolean isTerminal(int descriptor) {
    try {
      String target = Files.readSymbolicLink(Path.of("/proc/self/fd/" + descriptor)).toString();
      return target.startsWith("/dev/pts/")
          || target.startsWith("/dev/tty")
          || target.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException noSuchFileSystem) {
      java.io.Console console = System.console();
      return console != null && console.isTerminal();
    }
  }
}
