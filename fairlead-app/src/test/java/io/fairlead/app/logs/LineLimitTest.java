package io.fairlead.app.logs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import ch.qos.logback.classic.util.LogbackMDCAdapter;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.unit.Limit;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.event.KeyValuePair;

class LineLimitTest {
  private final LineLimit limit = new LineLimit(Limit.atMost(10));

  private static LineLimit.Kind kind(String message, String source) {
    return new LineLimit.Kind("io.fairlead.net.x", message, source);
  }

  private int admitted(String message, String source, int times, long atMillis) {
    int count = 0;
    for (int i = 0; i < times; i++) {
      if (limit.admits(kind(message, source), atMillis)) count++;
    }
    return count;
  }

  @Test
  void tenASecondPassAndTheRestIsToldOnce() {
    assertThat(admitted("refused", "192.0.2.1", 35, 0)).isEqualTo(10);
    assertThat(limit.over(999)).isEmpty();
    assertThat(limit.over(1000))
        .containsExactly(new LineLimit.Suppressed(kind("refused", "192.0.2.1"), 25));
    assertThat(limit.over(2000)).isEmpty();
    assertThat(admitted("refused", "192.0.2.1", 35, 1500)).isEqualTo(10);
  }

  @Test
  void otherKindsAndOtherSourcesHaveTheirOwnCount() {
    assertThat(admitted("refused", "192.0.2.1", 50, 0)).isEqualTo(10);
    assertThat(admitted("closed", "192.0.2.1", 50, 0)).isEqualTo(10);
    assertThat(admitted("refused", "192.0.2.2", 50, 0)).isEqualTo(10);
    assertThat(limit.over(1000)).hasSize(3).allMatch(kept -> kept.lines() == 40);
  }

  @Test
  void aQuietSourceIsNeverKeptBack() {
    for (int second = 0; second < 100; second++) {
      assertThat(admitted("refused", "", 10, second * 1000L)).isEqualTo(10);
    }
    assertThat(limit.dueMillis()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void oneSourceForEachLineIsBoundedToo() {
    for (int i = 0; i < 5 * LineLimit.KINDS_MAX; i++) admitted("refused", "s" + i, 1, 0);
    assertThat(admitted("refused", "s0", 11, 0)).isEqualTo(10); // long forgotten
  }

  @Test
  void offKeepsNothingBack() {
    LineLimit off = new LineLimit(Limit.OFF);
    LoggingEvent event = event(Level.WARN, "192.0.2.1");
    for (int i = 0; i < 100; i++) assertThat(off.admits(event)).isTrue();
  }

  @Test
  void errorsAlwaysPass() {
    for (int i = 0; i < 100; i++) assertThat(limit.admits(event(Level.ERROR, "x"))).isTrue();
  }

  @Test
  void theConsoleSaysHowManyWereSuppressedEvenWhenNothingFollows() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    LongAdder suppressed = new LongAdder();
    LoggerContext context = context();
    EventEncoder encoder = new EventEncoder(true);
    encoder.setContext(context);
    encoder.start();
    LimitedAppender appender = new LimitedAppender(Limit.atMost(10), suppressed);
    appender.setContext(context);
    appender.setEncoder(encoder);
    appender.start();
    appender.setOutputStream(out);
    for (int i = 0; i < 30; i++) appender.doAppend(event(Level.WARN, "192.0.2.1"));
    assertThat(suppressed.sum()).isEqualTo(20);
    await()
        .untilAsserted(
            () ->
                assertThat(out.toString(StandardCharsets.UTF_8))
                    .contains("\"msg\":\"suppressed\",\"lines\":20,\"like\":\"refused\"")
                    .contains("\"source\":\"192.0.2.1\""));
    assertThat(out.toString(StandardCharsets.UTF_8).lines()).hasSize(11);
    appender.stop();
  }

  @Test
  void whatIsKeptBackIsCounted() {
    LoggerContext context = context();
    new LogSetup().configure(context);
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    LogSetup.count(context, new Meters(registry));
    LimitedAppender appender =
        (LimitedAppender) context.getLogger(Logger.ROOT_LOGGER_NAME).getAppender("stderr");
    appender.setOutputStream(OutputStream.nullOutputStream());
    for (int i = 0; i < 30; i++) appender.doAppend(event(Level.WARN, "192.0.2.1"));
    assertThat(
            registry
                .get("fairlead.limit.rejections")
                .tag("limit", "log_lines")
                .functionCounter()
                .count())
        .isEqualTo(20);
    context.stop();
  }

  private static LoggingEvent event(Level level, String client) {
    LoggingEvent event =
        new LoggingEvent(
            "x", context().getLogger("io.fairlead.net.x"), level, "refused", null, null);
    event.setTimeStamp(1000);
    event.addKeyValuePair(new KeyValuePair("client", client));
    return event;
  }

  private static LoggerContext context() {
    LoggerContext context = new LoggerContext();
    context.setMDCAdapter(new LogbackMDCAdapter());
    return context;
  }
}
