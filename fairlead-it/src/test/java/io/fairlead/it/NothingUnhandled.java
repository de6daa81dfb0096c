package io.fairlead.it;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.slf4j.LoggerFactory;

/**
 * Fails a test class during which something ended where nobody handles it: an error in the log, or
 * a warning of Netty, whose own words mean an exception at a pipeline's end, a task that failed, or
 * a buffer that leaked. JUnit finds it by itself. Whatever peers send, none of that may happen.
 */
public final class NothingUnhandled implements BeforeAllCallback, AfterAllCallback {
  private final Queue<String> found = new ConcurrentLinkedQueue<>();
  private final Listening listening = new Listening();
  private volatile Set<String> expected = Set.of();

  @Override
  public void beforeAll(ExtensionContext test) {
    found.clear();
    ExpectedErrors provoked = test.getRequiredTestClass().getAnnotation(ExpectedErrors.class);
    expected = provoked == null ? Set.of() : Set.of(provoked.value());
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      listening.setContext(context);
      listening.start();
      root(context).addAppender(listening);
    }
  }

  @Override
  public void afterAll(ExtensionContext test) {
    if (LoggerFactory.getILoggerFactory() instanceof LoggerContext context) {
      root(context).detachAppender(listening);
    }
    listening.stop();
    List<String> all = new ArrayList<>(found);
    if (!all.isEmpty()) {
      throw new AssertionError("unhandled while the class ran:\n" + String.join("\n", all));
    }
  }

  private static Logger root(LoggerContext context) {
    return context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
  }

  /** Keeps what must not be logged. */
  private final class Listening extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      if (expected.contains(event.getFormattedMessage())) return;
      boolean netty = event.getLoggerName().startsWith("io.netty");
      if (event.getLevel().isGreaterOrEqual(netty ? Level.WARN : Level.ERROR)) {
        String cause =
            event.getThrowableProxy() == null
                ? ""
                : ": "
                    + event.getThrowableProxy().getClassName()
                    + ": "
                    + event.getThrowableProxy().getMessage();
        found.add(event.getLoggerName() + ": " + event.getFormattedMessage() + cause);
      }
    }
  }
}
