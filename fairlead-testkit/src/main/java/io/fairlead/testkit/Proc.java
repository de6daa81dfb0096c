package io.fairlead.testkit;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A real process whose output is kept. {@link #close} kills it and its children by their ids.
 * Thread-safe.
 */
public final class Proc implements AutoCloseable {
  private static final Duration POLL = Duration.ofMillis(20);
  private static final Duration QUIET = Duration.ofSeconds(1);

  private final Process process;
  private final Deque<String> stdout = new ArrayDeque<>(); // guarded by lock
  private final Deque<String> stderr = new ArrayDeque<>(); // guarded by lock
  private int kept = Integer.MAX_VALUE; // lines of each; guarded by lock
  private long said; // lines of both in all; guarded by lock
  private int reading = 2; // streams that may still say something; guarded by lock
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private Proc(Process process) {
    this.process = process;
    Thread.ofVirtual().start(() -> collect(process.getInputStream(), stdout));
    Thread.ofVirtual().start(() -> collect(process.getErrorStream(), stderr));
  }

  /** Starts a command in the current directory. */
  public static Proc start(String... command) throws IOException {
    return start(List.of(command), Path.of("").toAbsolutePath(), Map.of());
  }

  /**
   * Starts a command.
   *
   * @param environment added to the current one
   */
  public static Proc start(List<String> command, Path directory, Map<String, String> environment)
      throws IOException {
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().putAll(environment);
    return new Proc(builder.start());
  }

  public long pid() {
    return process.pid();
  }

  public boolean alive() {
    return process.isAlive();
  }

  /** Waits that long, and says whether the process has ended. */
  public boolean endsWithin(Duration time) throws InterruptedException {
    return process.waitFor(time.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** From now on keeps only the last lines of stdout and of stderr, so many of each. */
  public void keepLast(int lines) {
    lock.lock();
    try {
      kept = lines;
      trim(stdout);
      trim(stderr);
    } finally {
      lock.unlock();
    }
  }

  private void trim(Deque<String> lines) {
    while (lines.size() > kept) lines.removeFirst();
  }

  /** Where to write what the process reads. */
  public OutputStream stdin() {
    return process.getOutputStream();
  }

  /** Lines written to stdout so far, or what is kept of them, joined by newlines. */
  public String stdout() {
    return joined(stdout);
  }

  /** Lines written to stderr so far, or what is kept of them, joined by newlines. */
  public String stderr() {
    return joined(stderr);
  }

  /**
   * Waits for a line of stdout or stderr that contains {@code text}.
   *
   * @return the whole line
   * @throws AssertionError not in time, or the process ended without it
   */
  public String awaitLine(String text, Duration within) throws InterruptedException {
    Deadline deadline = Deadline.in(Clock.system(), within);
    lock.lock();
    try {
      while (true) {
        for (Deque<String> lines : List.of(stdout, stderr)) {
          for (String line : lines) if (line.contains(text)) return line;
        }
        if (deadline.passed()) throw failed("no line with \"" + text + "\" in " + within);
        if (!process.isAlive() && reading == 0) {
          throw failed("ended without a line with \"" + text + "\"");
        }
        changed.awaitNanos(Math.min(deadline.remaining().toNanos(), POLL.toNanos() * 10));
      }
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something accepts on that port of 127.0.0.1. */
  public void awaitPort(int port, Duration within) throws InterruptedException {
    Deadline deadline = Deadline.in(Clock.system(), within);
    while (true) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress("127.0.0.1", port), 1000);
        return;
      } catch (IOException notYet) {
        if (deadline.passed()) throw failed("port " + port + " not open in " + within);
      }
      // The pause between two attempts ends at once when the process does.
      if (process.waitFor(POLL.toMillis(), TimeUnit.MILLISECONDS)) {
        throw failed("ended before port " + port + " opened");
      }
    }
  }

  /**
   * Waits for the end of the process and of its output: what it left running may hold the pipes
   * open for long, and is waited for no longer than until it says nothing for a second.
   *
   * @return the exit code; 128 + signal number when a signal ended it
   * @throws AssertionError not in time
   */
  public int awaitExit(Duration within) throws InterruptedException {
    if (!process.waitFor(within.toMillis(), TimeUnit.MILLISECONDS)) {
      throw failed("still running after " + within);
    }
    awaitOutput();
    return process.exitValue();
  }

  private void awaitOutput() throws InterruptedException {
    lock.lock();
    try {
      long before = -1;
      long left = QUIET.toNanos();
      while (reading > 0 && left > 0) {
        long now = said;
        left = changed.awaitNanos(now == before ? left : QUIET.toNanos());
        before = now;
      }
    } finally {
      lock.unlock();
    }
  }

  /** Sends a signal by name, such as {@code "HUP"}. */
  public void signal(String name) throws IOException, InterruptedException {
    Process kill = new ProcessBuilder("kill", "-" + name, Long.toString(process.pid())).start();
    if (kill.waitFor() != 0) throw new IOException("kill -" + name + ": " + kill.exitValue());
  }

  @Override
  public void close() {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
    try {
      if (!process.waitFor(10, TimeUnit.SECONDS)) throw failed("does not die");
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private void collect(InputStream stream, Deque<String> into) {
    try (BufferedReader reader = new BufferedReader(new InputStreamReader(stream, UTF_8))) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        lock.lock();
        try {
          into.addLast(line);
          trim(into);
          said++;
          changed.signalAll();
        } finally {
          lock.unlock();
        }
      }
    } catch (IOException closed) {
      // The process was killed while its output was open: what was read is what there is.
    } finally {
      lock.lock();
      try {
        reading--;
        changed.signalAll();
      } finally {
        lock.unlock();
      }
    }
  }

  private String joined(Deque<String> lines) {
    lock.lock();
    try {
      return String.join("\n", lines);
    } finally {
      lock.unlock();
    }
  }

  private AssertionError failed(String what) {
    return new AssertionError(
        "process " + pid() + " " + what + "\nstdout:\n" + stdout() + "\nstderr:\n" + stderr());
  }
}
