package io.fairlead.registry.action;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program without a shell, in a small environment, and ends it with everything it started
 * when its time is over: TERM, five seconds, KILL.
 */
final class ProgramRun {
  static final int OUTPUT_MAX = 64 * 1024;
  private static final Duration GRACE = Duration.ofSeconds(5);
  private static final Duration POLL = Duration.ofMillis(50);
  private static final Duration OUTPUT_WAIT = Duration.ofSeconds(1);

  /** What a program may inherit: no secret travels in these. */
  private static final List<String> INHERITED =
      List.of("PATH", "HOME", "USER", "LOGNAME", "LANG", "LC_ALL", "TZ", "TMPDIR");

  private final Clock clock;
  private final Pause pause;

  ProgramRun(Clock clock, Pause pause) {
    this.clock = clock;
    this.pause = pause;
  }

  /** How a program ended. */
  sealed interface End {
    record Exited(int code, String output) implements End {}

    record TimedOut(String output) implements End {}

    record NotStarted(String reason) implements End {}
  }

  /**
   * Runs it and waits.
   *
   * @param extra environment besides the inherited names
   */
  End run(List<String> argv, Map<String, String> extra, Duration timeout)
      throws InterruptedException {
    ProcessBuilder builder = new ProcessBuilder(argv).redirectErrorStream(true);
    builder.redirectInput(ProcessBuilder.Redirect.from(new java.io.File("/dev/null")));
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(extra);
    Process process;
    try {
      process = builder.start();
    } catch (IOException failure) {
      return new End.NotStarted(String.valueOf(failure.getMessage()));
    }
    Output output = new Output(process.getInputStream());
    Set<ProcessHandle> tree = new HashSet<>();
    try {
      long end = clock.nanos() + timeout.toNanos();
      while (!process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        // Children of a child that ended are found by nobody later.
        process.descendants().forEach(tree::add);
        if (clock.nanos() - end >= 0) {
          endAll(process, tree);
          return new End.TimedOut(output.text());
        }
      }
      return new End.Exited(process.exitValue(), output.text());
    } catch (InterruptedException stopped) {
      process.descendants().forEach(tree::add);
      tree.forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
      throw stopped;
    }
  }

  private void endAll(Process process, Set<ProcessHandle> tree) throws InterruptedException {
    process.descendants().forEach(tree::add);
    tree.add(process.toHandle());
    tree.forEach(ProcessHandle::destroy);
    long end = clock.nanos() + GRACE.toNanos();
    while (tree.stream().anyMatch(ProcessHandle::isAlive) && clock.nanos() - end < 0) {
      tree.addAll(tree.stream().flatMap(ProcessHandle::descendants).toList());
      pause.sleep(POLL);
    }
    tree.addAll(tree.stream().flatMap(ProcessHandle::descendants).toList());
    tree.forEach(ProcessHandle::destroyForcibly);
    process.waitFor(GRACE.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** Drains what a program writes and keeps the first {@value #OUTPUT_MAX} bytes. */
  private static final class Output {
    private final ByteArrayOutputStream kept = new ByteArrayOutputStream(); // guarded by itself
    private final Thread reader;

    Output(InputStream stream) {
      this.reader = Thread.ofVirtual().name("program-output").start(() -> drain(stream));
    }

    private void drain(InputStream stream) {
      byte[] buffer = new byte[8192];
      try (stream) {
        for (int n = stream.read(buffer); n >= 0; n = stream.read(buffer)) {
          synchronized (kept) {
            kept.write(buffer, 0, Math.min(n, OUTPUT_MAX - kept.size()));
          }
        }
      } catch (IOException closed) {
        // The program was ended while its output was open: what was read is what there is.
      }
    }

    String text() throws InterruptedException {
      // Something it left behind may hold the pipe open.
      reader.join(OUTPUT_WAIT);
      synchronized (kept) {
        return kept.toString(StandardCharsets.UTF_8).strip();
      }
    }
  }
}
