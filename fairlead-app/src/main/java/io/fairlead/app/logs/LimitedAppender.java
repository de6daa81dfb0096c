package io.fairlead.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.event.KeyValuePair;

/**
 * Writes lines to the console unless there are too many of their kind; then one line says how many
 * were kept back. Thread-safe.
 */
final class LimitedAppender extends ConsoleAppender<ILoggingEvent> {
  private static final long TELL_MILLIS = 1_050;

  private final Clock clock = Clock.system();
  private final AtomicBoolean telling = new AtomicBoolean();
  private final LineLimit limit;
  private final LongAdder suppressed;
  private final ScheduledExecutorService teller =
      Executors.newSingleThreadScheduledExecutor(
          task -> Thread.ofVirtual().name("log-suppressed").unstarted(task));

  /**
   * @param suppressed counts lines kept back
   */
  LimitedAppender(Limit perSecond, LongAdder suppressed) {
    this.limit = new LineLimit(perSecond);
    this.suppressed = suppressed;
  }

  /** Lines kept back so far, by this one and those before it. */
  LongAdder suppressed() {
    return suppressed;
  }

  @Override
  public void stop() {
    teller.shutdownNow();
    tell(clock.wall().toEpochMilli() + TELL_MILLIS); // what is still untold
    super.stop();
  }

  @Override
  protected void append(ILoggingEvent event) {
    if (limit.admits(event)) {
      super.append(event);
      return;
    }
    suppressed.increment();
    if (teller.isShutdown() || !telling.compareAndSet(false, true)) return;
    var _ = // tells even when no further line comes
        teller.schedule(
            () -> {
              telling.set(false);
              tell(clock.wall().toEpochMilli());
            },
            TELL_MILLIS,
            TimeUnit.MILLISECONDS);
  }

  private void tell(long nowMillis) {
    if (!(getContext() instanceof LoggerContext logs)) return;
    for (LineLimit.Suppressed kept : limit.over(nowMillis)) {
      Logger logger = logs.getLogger(kept.kind().logger());
      LoggingEvent line =
          new LoggingEvent(
              LimitedAppender.class.getName(), logger, Level.WARN, "suppressed", null, null);
      line.setTimeStamp(clock.wall().toEpochMilli());
      line.addKeyValuePair(new KeyValuePair("lines", kept.lines()));
      line.addKeyValuePair(new KeyValuePair("like", kept.kind().message()));
      if (!kept.kind().source().isEmpty()) {
        line.addKeyValuePair(new KeyValuePair("source", kept.kind().source()));
      }
      super.append(line);
    }
  }
}
