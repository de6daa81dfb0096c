package io.fairlead.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.Appender;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.fairlead.app.StandardStreams;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.Limit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Sets the log backend up without a file to parse: INFO, standard error, text on a terminal and
 * JSON otherwise. The backend finds this class by the service file; {@link #apply} changes level
 * and form when the configuration is known.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  /** Of one kind from one source, until the configuration says otherwise. */
  public static final Limit LINES_PER_SECOND = Limit.atMost(10);

  private static final String APPENDER = "stderr";

  /** How a line looks. */
  public enum Form {
    TEXT,
    JSON
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    install(context, automatic(), LINES_PER_SECOND);
    context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).setLevel(Level.INFO);
    // Third parties speak only when something is wrong.
    context.getLogger("io.netty").setLevel(Level.WARN);
    return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
  }

  /** Text on a terminal, JSON elsewhere. */
  public static Form automatic() {
    return StandardStreams.isTerminal(StandardStreams.ERR) ? Form.TEXT : Form.JSON;
  }

  /**
   * Changes what is logged from now on. Any thread.
   *
   * @param level of the whole gateway: {@code trace debug info warn error off}
   * @param linesPerSecond of one kind from one source
   */
  public static void apply(String level, Form form, Limit linesPerSecond) {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      install(context, form, linesPerSecond);
      context
          .getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)
          .setLevel(Level.toLevel(level, Level.INFO));
    }
  }

  /** Counts the lines kept back since the process began. */
  public static void count(Meters meters) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) count(context, meters);
  }

  static void count(LoggerContext context, Meters meters) {
    LongSupplier lines = () -> suppressed(context).sum();
    meters.counter("log.suppressed", "Log lines kept back: too many like them.", lines);
    meters.counter("limit.rejections", "Work refused by a limit.", lines, "limit", "log_lines");
  }

  private static void install(LoggerContext context, Form form, Limit linesPerSecond) {
    EventEncoder encoder = new EventEncoder(form == Form.JSON);
    encoder.setContext(context);
    encoder.start();
    LimitedAppender appender = new LimitedAppender(linesPerSecond, suppressed(context));
    appender.setContext(context);
    appender.setName(APPENDER);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    Appender<ILoggingEvent> before = root.getAppender(APPENDER);
    root.detachAppender(APPENDER);
    root.addAppender(appender);
    if (before != null) before.stop();
  }

  private static LongAdder suppressed(LoggerContext context) {
    return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME).getAppender(APPENDER)
            instanceof LimitedAppender limited
        ? limited.suppressed()
        : new LongAdder();
  }
}
