package io.fairlead.app.systemd;

import java.time.Duration;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * What is said to the service manager, and when.
 *
 * <pre>
 * Starting  --ready-->     Serving   (READY=1, STATUS)
 * Serving   --reloads-->   Serving   (RELOADING=1, MONOTONIC_USEC, EXTEND_TIMEOUT_USEC)
 * Serving   --reloaded-->  Serving   (READY=1)
 * any       --stopping-->  Stopping  (STOPPING=1, EXTEND_TIMEOUT_USEC)
 * any       --main pid-->  Silent    (MAINPID)
 * Starting  --beat-->      Starting  (EXTEND_TIMEOUT_USEC every 5 s until the start is overdue)
 * Serving   --beat-->      Serving   (STATUS if changed, WATCHDOG=1 if due and the loops answer,
 *                                     EXTEND_TIMEOUT_USEC as above while it reloads)
 * Stopping  --beat-->      Stopping  (WATCHDOG=1, EXTEND_TIMEOUT_USEC as above)
 * </pre>
 *
 * Silent says nothing more: the manager listens to another process. Who never said that it starts
 * says its status twice, since the first may come before the manager listens to it.
 *
 * <p>Not thread-safe.
 */
final class Notices {
  /** The status changes at most this often; a ping that was held back is tried again this often. */
  static final Duration BEAT = Duration.ofSeconds(1);

  static final Duration EXTEND_EVERY = Duration.ofSeconds(5);
  static final Duration EXTENSION = Duration.ofSeconds(15);

  /** How long we ask for patience with a start or a reload; longer means that it hangs. */
  static final Duration PATIENCE = Duration.ofMinutes(5);

  /** What closing may take after the last connection is gone. */
  static final Duration CLOSING = Duration.ofSeconds(10);

  private static final int STATUS_CHARS_MAX = 512;

  private enum Phase {
    STARTING,
    SERVING,
    STOPPING,
    SILENT
  }

  private final Optional<Duration> pingEvery;
  private final Consumer<String> out;
  private Phase phase = Phase.STARTING;
  private boolean announced;
  private boolean reloading;
  private String status = "";
  private long pingDueNanos;
  private long extendDueNanos;
  private long overdueNanos;

  /**
   * @param pingEvery half of what the watchdog waits for; empty when there is none
   * @param out sends one notice
   */
  Notices(Optional<Duration> pingEvery, Consumer<String> out, long nowNanos) {
    this.pingEvery = pingEvery;
    this.out = out;
    this.pingDueNanos = nowNanos;
  }

  void starting(long nowNanos) {
    announced = true;
    say("starting", "");
    asksUntil(nowNanos, PATIENCE);
    extendDueNanos = nowNanos + EXTEND_EVERY.toNanos(); // the unit's own time is enough so far
  }

  void ready(String sentence) {
    if (phase != Phase.STARTING) return;
    phase = Phase.SERVING;
    say(sentence, "READY=1\n");
    if (!announced) status = "";
  }

  /**
   * @param nowNanos of {@code CLOCK_MONOTONIC}: the manager compares it with its own reading
   */
  void reloads(long nowNanos) {
    if (phase != Phase.SERVING) return;
    reloading = true;
    out.accept("RELOADING=1\nMONOTONIC_USEC=" + nowNanos / 1000);
    asksUntil(nowNanos, PATIENCE);
    extendDueNanos = nowNanos + EXTEND_EVERY.toNanos();
  }

  void reloaded() {
    if (phase == Phase.SERVING && reloading) out.accept("READY=1");
    reloading = false;
  }

  /**
   * @param within what the stop may take
   */
  void stopping(Duration within, long nowNanos) {
    if (phase == Phase.STOPPING || phase == Phase.SILENT) return;
    phase = Phase.STOPPING;
    asksUntil(nowNanos, within.plus(CLOSING));
    say("stopping", "STOPPING=1\n");
    extend(nowNanos);
  }

  void mainPid(long pid) {
    if (phase == Phase.SILENT) return;
    out.accept("MAINPID=" + pid);
    phase = Phase.SILENT;
  }

  /** Whether the gateway's own sentence is wanted, or what we say for it. */
  boolean serving() {
    return phase == Phase.SERVING;
  }

  /**
   * Says what is due.
   *
   * @param loopsAnswer without it the watchdog hears nothing
   * @param sentence used while {@link #serving}
   * @return nanoseconds until the next beat at the latest
   */
  long beat(boolean loopsAnswer, String sentence, long nowNanos) {
    if (phase == Phase.SERVING && !shown(sentence).equals(status)) say(sentence, "");
    if (phase == Phase.SILENT) return BEAT.toNanos();
    if (phase != Phase.SERVING || reloading) extend(nowNanos);
    if (pingEvery.isEmpty()) return BEAT.toNanos();
    long everyNanos = pingEvery.get().toNanos();
    if (nowNanos - pingDueNanos >= 0) {
      // Held back, it is tried again soon: a short stall at the wrong moment must not end us.
      if (!loopsAnswer) return Math.min(BEAT.toNanos(), Math.max(1, everyNanos / 4));
      out.accept("WATCHDOG=1");
      pingDueNanos = nowNanos + everyNanos;
    }
    return Math.min(BEAT.toNanos(), pingDueNanos - nowNanos);
  }

  private void asksUntil(long nowNanos, Duration within) {
    overdueNanos = nowNanos + within.toNanos();
    extendDueNanos = nowNanos;
  }

  private void extend(long nowNanos) {
    boolean due = nowNanos - extendDueNanos >= 0;
    if (!due || nowNanos - overdueNanos >= 0) return;
    out.accept("EXTEND_TIMEOUT_USEC=" + EXTENSION.toNanos() / 1000);
    extendDueNanos = nowNanos + EXTEND_EVERY.toNanos();
  }

  private void say(String sentence, String before) {
    status = shown(sentence);
    out.accept(before + "STATUS=" + status);
  }

  /** One line, of bounded length. */
  private static String shown(String sentence) {
    String line = sentence.replaceAll("\\p{Cntrl}", " ");
    return line.length() <= STATUS_CHARS_MAX ? line : line.substring(0, STATUS_CHARS_MAX);
  }
}
