package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.testkit.RawClient;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client has one time from the accept to its whole CONNECT, however it spends it. */
class ArrivalTimeIT {
  private static final Duration MOST = Duration.ofSeconds(3);
  private static final Duration PAUSE = Duration.ofMillis(2_000);
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final String HEAD = "GET /mqtt HTTP/1.1\r\nHost: localhost\r\n";

  private final Clock clock = Clock.system();
  private final EmbeddedBroker broker =
      EmbeddedBroker.start("protocol: { connect_timeout: " + MOST.toSeconds() + "s }\n", b -> b);

  @AfterEach
  void stop() {
    broker.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"first byte", "half a CONNECT", "half a request", "web socket"})
  void lateBytesDoNotMakeItLonger(String what) throws Exception {
    long begun = clock.nanos();
    try (RawClient tcp = RawClient.connect(broker.port(Transport.TCP)).timeout(SOON)) {
      assertThat(tcp.silentFor(PAUSE)).isTrue();
      switch (what) {
        case "first byte" -> tcp.send(new byte[] {0x10});
        case "half a CONNECT" -> tcp.send(new byte[] {0x10, 0x20, 0, 4, 'M', 'Q'});
        case "half a request" -> tcp.send(HEAD);
        default -> WsLink.open(tcp, "/mqtt");
      }
      RawClient.End _ = tcp.drainToEnd();
      Duration took = Duration.ofNanos(clock.nanos() - begun);
      assertThat(took).isBetween(MOST.minusMillis(500), PAUSE.plus(MOST).minusMillis(300));
      assertThat(broker.count("limit.rejections", "limit", "mqtt_connect_time")).isOne();
    }
  }

  @Test
  void aConnectionThatOthersAskedOnBeforeHasItsTimeFromTheRequest() throws Exception {
    try (RawClient tcp = RawClient.connect(broker.port(Transport.TCP)).timeout(SOON)) {
      tcp.send("GET /elsewhere HTTP/1.1\r\nHost: localhost\r\n\r\n");
      assertThat(tcp.readResponse().status()).isEqualTo(404);
      assertThat(tcp.silentFor(MOST.plusMillis(300))).isTrue();
      Peer late = new Peer(WsLink.open(tcp, "/mqtt"), Version.V5);
      late.connect(Connect.of(Version.V5, "late"));
      late.ping();
    }
  }
}
