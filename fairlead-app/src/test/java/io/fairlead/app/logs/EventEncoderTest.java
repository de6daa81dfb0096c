package io.fairlead.app.logs;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import io.fairlead.testkit.CostsAtMost;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;

class EventEncoderTest {
  private static String encoded(boolean json, Level level, String message, Throwable thrown) {
    var context = new LoggerContext();
    var event =
        new LoggingEvent(
            "x",
            context.getLogger("io.fairlead.proxy.netty.Front"),
            level,
            message,
            thrown,
            new Object[0]);
    event.setInstant(Instant.parse("2030-01-02T03:04:05.678Z"));
    event.addKeyValuePair(new KeyValuePair("bind", ":8090"));
    event.addKeyValuePair(new KeyValuePair("count", 3));
    return new String(new EventEncoder(json).encode(event), StandardCharsets.UTF_8);
  }

  @Test
  void peopleGetOneLine() {
    assertThat(encoded(false, Level.INFO, "listener opened", null))
        .isEqualTo("03:04:05.678Z INFO  proxy    listener opened bind=:8090 count=3\n");
  }

  @Test
  void machinesGetOneObject() {
    assertThat(encoded(true, Level.INFO, "listener \"a\" opened", null))
        .isEqualTo(
            "{\"ts\":\"2030-01-02T03:04:05.678Z\",\"level\":\"info\",\"module\":\"proxy\",\"msg\":"
                + "\"listener \\\"a\\\" opened\",\"bind\":\":8090\",\"count\":3}\n");
  }

  @Test
  @CostsAtMost(processorMillis = 2_000, heapMebi = 16)
  void aPeersTextCannotForgeALine() {
    assertThat(encoded(false, Level.INFO, "name a\nb\u001b[2J", null))
        .hasLineCount(1)
        .contains("a\\nb\\u001b[2J");
    assertThat(encoded(true, Level.INFO, "a\r\nb", null)).hasLineCount(1);
  }

  @Test
  void aWarningNamesTheErrorAndAnErrorItsPlaceToo() {
    var thrown = new IllegalStateException("because");
    assertThat(encoded(false, Level.WARN, "failed", thrown))
        .contains("error=\"java.lang.IllegalStateException: because\"")
        .doesNotContain("EventEncoderTest");
    assertThat(encoded(false, Level.ERROR, "failed", thrown))
        .hasLineCount(1)
        .contains("EventEncoderTest");
    assertThat(encoded(true, Level.ERROR, "failed", thrown)).contains("\"trace\":");
  }
}
