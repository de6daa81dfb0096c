package io.fairlead.app;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * What the process does on signals: HUP reloads; TERM and INT drain and, the second time, end now.
 * QUIT stays the JVM's thread dump.
 */
final class Signals implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Signals.class);
  private static final int HUP_BIT = 0;

  /** What a signal asks for. Called on a thread of its own. */
  interface Wishes {
    void reload();

    /**
     * @param name {@code "TERM"} or {@code "INT"}
     */
    void stop(String name);
  }

  private record Replaced(Signal signal, SignalHandler before) {}

  private final List<Replaced> replaced = new ArrayList<>();

  private Signals() {}

  static Signals install(Wishes wishes) {
    Signals signals = new Signals();
    signals.handle("HUP", _ -> wishes.reload());
    signals.handle("TERM", _ -> wishes.stop("TERM"));
    signals.handle("INT", _ -> wishes.stop("INT"));
    return signals;
  }

  /**
   * Whether HUP was ignored when this process began (started by {@code nohup}, or by a shell that
   * ignores it): the JVM then never delivers it and a reload by signal does nothing. Read before
   * {@link #install}.
   */
  static boolean hupIgnored() {
    try {
      for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
        if (line.startsWith("SigIgn:")) {
          long mask = Long.parseUnsignedLong(line.substring(7).strip(), 16);
          return (mask >>> HUP_BIT & 1) == 1;
        }
      }
    } catch (IOException | NumberFormatException unreadable) {
      log.atDebug().setCause(unreadable).log("signal mask unknown");
    }
    return false;
  }

  private void handle(String name, SignalHandler handler) {
    Signal signal = new Signal(name);
    try {
      replaced.add(
          new Replaced(
              signal,
              Signal.handle(
                  signal,
                  got ->
                      Thread.ofVirtual().name("signal-" + name).start(() -> handler.handle(got)))));
    } catch (IllegalArgumentException taken) {
      log.atWarn()
          .addKeyValue("signal", name)
          .log("signal cannot be handled: {}", taken.getMessage());
    }
  }

  /** Puts the former handlers back. */
  @Override
  public void close() {
    for (Replaced entry : replaced.reversed()) Signal.handle(entry.signal(), entry.before());
    replaced.clear();
  }
}
