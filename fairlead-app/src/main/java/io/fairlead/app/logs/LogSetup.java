package io.fairlead.app.logs;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.spi.ContextAwareBase;
import io.fairlead.app.StandardStreams;
import org.slf4j.ILoggerFactory;
import org.slf4j.LoggerFactory;

/**
 * Sets the log backend up without a file to parse: INFO, standard error, text on a terminal and
 * JSON otherwise. The backend finds this class by the service file; {@link #apply} changes level
 * and form when the configuration is known.
 */
public final class LogSetup extends ContextAwareBase implements Configurator {
  private static final String APPENDER = "stderr";

  /** How a line looks. */
  public enum Form {
    TEXT,
    JSON
  }

  @Override
  public ExecutionStatus configure(LoggerContext context) {
    install(context, automatic());
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
   */
  public static void apply(String level, Form form) {
    ILoggerFactory factory = LoggerFactory.getILoggerFactory();
    if (factory instanceof LoggerContext context) {
      install(context, form);
      context
          .getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)
          .setLevel(Level.toLevel(level, Level.INFO));
    }
  }

  private static void install(LoggerContext context, Form form) {
    EventEncoder encoder = new EventEncoder(form == Form.JSON);
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setName(APPENDER);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.detachAppender(APPENDER);
    root.addAppender(appender);
  }
}
