package io.fairlead.app.systemd;

import io.fairlead.app.reload.ChangeWitness;
import io.fairlead.core.config.Environment;
import io.fairlead.core.time.Clock;
import java.time.Duration;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service manager above this process, if there is one that listens: without {@code
 * NOTIFY_SOCKET} every method does nothing. Thread-safe.
 *
 * @see <a href="https://www.freedesktop.org/software/systemd/man/sd_notify.html">sd_notify(3)</a>
 */
public final class Supervision implements ChangeWitness, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Supervision.class);
  private static final long MICROS_MAX = Duration.ofDays(36_500).toSeconds() * 1_000_000;

  private final Optional<Notifier> notifier;

  private Supervision(Optional<Notifier> notifier) {
    this.notifier = notifier;
  }

  /**
   * Looks for the manager; tells it nothing yet.
   *
   * @param ownPid this process, which the watchdog may or may not mean
   */
  public static Supervision of(Environment environment, long ownPid, Pulse pulse, Clock clock) {
    Optional<Notifier> notifier =
        environment
            .variable("NOTIFY_SOCKET")
            .filter(address -> !address.isEmpty())
            .flatMap(NotifySocket::to)
            .map(socket -> new Notifier(socket, pingEvery(environment, ownPid), pulse, clock));
    return new Supervision(notifier);
  }

  /** We start, and nobody serves in our place meanwhile. */
  public void starting() {
    notifier.ifPresent(Notifier::starting);
  }

  /** Every listener is bound. */
  public void ready() {
    notifier.ifPresent(Notifier::ready);
  }

  @Override
  public void changeBegins() {
    notifier.ifPresent(Notifier::reloads);
  }

  @Override
  public void changeEnds() {
    notifier.ifPresent(Notifier::reloaded);
  }

  /** The end was asked for; from here on the manager is asked for patience while we drain. */
  public void stopping() {
    notifier.ifPresent(Notifier::stopping);
  }

  /**
   * Another process takes our place as the one the manager watches; from here on it hears nothing
   * of us.
   */
  public void mainPid(long pid) {
    notifier.ifPresent(found -> found.mainPid(pid));
  }

  @Override
  public void close() {
    notifier.ifPresent(Notifier::close);
  }

  /** Half of what the watchdog waits for, as sd_watchdog_enabled(3) advises. */
  static Optional<Duration> pingEvery(Environment environment, long ownPid) {
    Optional<String> pid = environment.variable("WATCHDOG_PID");
    if (pid.isPresent() && !pid.get().equals(Long.toString(ownPid))) return Optional.empty();
    Optional<String> micros = environment.variable("WATCHDOG_USEC");
    if (micros.isEmpty()) return Optional.empty();
    try {
      long half = Long.parseLong(micros.get()) / 2;
      // A century is as good as never, and its nanoseconds fit.
      if (half > 0) {
        return Optional.of(Duration.ofNanos(Math.min(half, MICROS_MAX) * 1000));
      }
    } catch (NumberFormatException notANumber) {
      // Told below, like zero and less.
    }
    log.atWarn()
        .addKeyValue("WATCHDOG_USEC", micros.get())
        .log("watchdog not understood (expected: microseconds > 1), it hears nothing");
    return Optional.empty();
  }
}
