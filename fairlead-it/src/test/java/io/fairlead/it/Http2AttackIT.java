package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Http2Client;
import io.fairlead.testkit.RecordingServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * What only an attacker sends over HTTP/2. Each ends its own connection with the code of the
 * standard, while a client beside it is served as if nothing happened.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc9113#section-10.5">RFC 9113 §10.5</a>
 */
class Http2AttackIT {
  private static final int PROTOCOL_ERROR = 1;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int COMPRESSION_ERROR = 9;
  private static final int ENHANCE_YOUR_CALM = 11;
  private static final String ATTACKER = "127.0.0.2";
  private static final long MEMORY_MAX = 64 << 20;
  private static final Pattern USED =
      Pattern.compile("fairlead_memory_budget_bytes\\{kind=\"used\"} ([0-9.E]+)");

  private static final String[] HEAD = {
    ":method", "GET", ":scheme", "http", ":authority", "test", ":path", "/"
  };

  private static RecordingServer upstream;
  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    upstream = RecordingServer.http(request -> RecordingServer.response(200, "seen"));
    gateway = fixture("streams: 128");
  }

  private static GatewayFixture fixture(String http2) throws Exception {
    return GatewayFixture.start(
        """
            limits: { new_connections_per_ip: off, event_loop_delay: off }
            listeners:
              web: { bind: "127.0.0.1:0", proto: http, service: site, h2c: true }
            http:
              site:
                http2: { @HTTP2@ }
                routes:
                  - { match: { path: /local }, respond: { status: 200, body: fine } }
                  - { match: { path: /* }, upstream: up }
            upstreams:
              up: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ] }
            """
            .replace("@HTTP2@", http2)
            .replace("@UP@", Integer.toString(upstream.port())));
  }

  @AfterAll
  static void stop() throws Exception {
    if (gateway != null) gateway.close();
    if (upstream != null) upstream.close();
  }

  private static Http2Client attacker() throws IOException {
    return Http2Client.connect(gateway.port("web"), ATTACKER).start();
  }

  /** Sends it all in one go; the server may end the connection in the middle. */
  /**
   * The error of the GOAWAY. Who still writes when the connection is closed may be reset before he
   * has read it; then another tries.
   */
  private static int flood(ByteArrayOutputStream frames) throws IOException {
    int error = floodOnce(frames);
    for (int again = 0; error < 0 && again < 2; again++) error = floodOnce(frames);
    return error;
  }

  private static int floodOnce(ByteArrayOutputStream frames) throws IOException {
    try (Http2Client client = attacker()) {
      try {
        client.raw(frames.toByteArray());
      } catch (SocketException _) {
        // it had enough
      }
      return client.awaitGoAwayError();
    }
  }

  private static ByteArrayOutputStream frames() {
    return new ByteArrayOutputStream();
  }

  @Test
  void rapidResetsEndTheConnection() throws Exception {
    ByteArrayOutputStream frames = frames();
    for (int i = 0; i < 2_000; i++) {
      frames.writeBytes(request(2 * i + 1, "/rapid"));
      frames.writeBytes(
          Http2Client.bytes(Http2Client.RST_STREAM, 0, 2 * i + 1, Http2Client.number(8)));
    }
    assertThat(flood(frames)).isEqualTo(ENHANCE_YOUR_CALM);
    // Each reset request may have been begun; none beyond the bound was.
    assertThat(upstream.requests().stream().filter(r -> r.target().equals("/rapid")).count())
        .isLessThanOrEqualTo(201);
    LimitsIT.assertRejected(gateway, "http2_resets");
  }

  @Test
  void resetsThatTheClientProvokesEndTheConnection() throws Exception {
    ByteArrayOutputStream frames = frames();
    for (int i = 0; i < 2_000; i++) {
      int stream = 2 * i + 1;
      frames.writeBytes(
          Http2Client.bytes(
              Http2Client.HEADERS, Http2Client.END_HEADERS, stream, Http2Client.block(HEAD)));
      // A window update of zero is an error of its stream (RFC 9113 §6.9).
      frames.writeBytes(
          Http2Client.bytes(Http2Client.WINDOW_UPDATE, 0, stream, Http2Client.number(0)));
    }
    assertThat(flood(frames)).isEqualTo(ENHANCE_YOUR_CALM);
  }

  @Test
  void continuationsWithoutEndAreBounded() throws Exception {
    ByteArrayOutputStream frames = frames();
    frames.writeBytes(Http2Client.bytes(Http2Client.HEADERS, 0, 1, Http2Client.block(HEAD)));
    for (int i = 0; i < 100_000; i++) {
      frames.writeBytes(
          Http2Client.bytes(Http2Client.CONTINUATION, 0, 1, Http2Client.block("x-a", "b")));
    }
    assertThat(flood(frames)).isEqualTo(ENHANCE_YOUR_CALM);
    ByteArrayOutputStream empty = frames();
    empty.writeBytes(Http2Client.bytes(Http2Client.HEADERS, 0, 1, Http2Client.block(HEAD)));
    for (int i = 0; i < 1_000; i++) {
      empty.writeBytes(Http2Client.bytes(Http2Client.CONTINUATION, 0, 1));
    }
    assertThat(flood(empty)).isEqualTo(ENHANCE_YOUR_CALM);
    LimitsIT.assertRejected(gateway, "http2_continuations");
  }

  @Test
  void aHeadThatUnfoldsToMuchMoreIsRefused() throws Exception {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    block.writeBytes(Http2Client.block(HEAD));
    block.write(0x40); // literal with incremental indexing: x = 4000 bytes
    block.write(1);
    block.write('x');
    block.write(127);
    block.write((3_800 - 127) & 127 | 128);
    block.write((3_800 - 127) >> 7);
    block.writeBytes("y".repeat(3_800).getBytes(java.nio.charset.StandardCharsets.US_ASCII));
    for (int i = 0; i < 10_000; i++) block.write(0x80 | 62); // and that again, in one byte each
    try (Http2Client client = attacker()) {
      client.frame(
          Http2Client.HEADERS,
          Http2Client.END_HEADERS | Http2Client.END_STREAM,
          1,
          block.toByteArray());
      Http2Client.Response response = client.response(1);
      assertThat(response.status()).isEqualTo(431);
      LimitsIT.assertRejected(gateway, "http_head");
      assertThat(client.get(3, "/local").response(3).status()).isEqualTo(200);
    }
  }

  @Test
  void controlFramesAreCounted() throws Exception {
    for (int type : List.of(Http2Client.SETTINGS, Http2Client.PING, Http2Client.PRIORITY, 0x42)) {
      ByteArrayOutputStream frames = frames();
      byte[] payload =
          type == Http2Client.PING
              ? new byte[8]
              : type == Http2Client.PRIORITY ? new byte[] {0, 0, 0, 0, 1} : new byte[0];
      int stream = type == Http2Client.PRIORITY ? 3 : 0;
      for (int i = 0; i < 5_000; i++) {
        frames.writeBytes(Http2Client.bytes(type, 0, stream, payload));
      }
      assertThat(flood(frames)).as("type " + type).isEqualTo(ENHANCE_YOUR_CALM);
    }
    LimitsIT.assertRejected(gateway, "http2_control_frames");
  }

  @Test
  void framesThatCarryNothingAreCounted() throws Exception {
    ByteArrayOutputStream frames = frames();
    frames.writeBytes(
        Http2Client.bytes(
            Http2Client.HEADERS, Http2Client.END_HEADERS, 1, Http2Client.block(HEAD)));
    for (int i = 0; i < 3; i++) frames.writeBytes(Http2Client.bytes(Http2Client.DATA, 0, 1));
    assertThat(flood(frames)).isEqualTo(ENHANCE_YOUR_CALM);
    LimitsIT.assertRejected(gateway, "http2_empty_frames");
  }

  @Test
  void requestsBeyondTheBoundAreRefused() throws Exception {
    try (GatewayFixture few = fixture("streams: 2");
        Http2Client client = Http2Client.connect(few.port("web"), ATTACKER).start()) {
      ByteArrayOutputStream frames = frames();
      for (int i = 0; i < 3; i++) {
        frames.writeBytes( // no end of the stream: each of them waits for its body
            Http2Client.bytes(
                Http2Client.HEADERS,
                Http2Client.END_HEADERS,
                2 * i + 1,
                Http2Client.block(
                    ":method", "POST", ":scheme", "http", ":path", "/wait", ":authority", "a")));
      }
      client.raw(frames.toByteArray());
      LimitsIT.assertRejected(few, "http2_streams");
    }
  }

  @Test
  void answersThatNobodyReadsAreBounded() throws Exception {
    try (GatewayFixture few = fixture("queued_control_frames: 16, control_frames: off");
        Http2Client client = Http2Client.connect(few.port("web"), ATTACKER).start()) {
      ByteArrayOutputStream frames = frames();
      for (int i = 0; i < 50_000; i++) {
        frames.writeBytes(Http2Client.bytes(Http2Client.PING, 0, 0, new byte[8]));
      }
      // In one read there are more of them than answers may wait for its end.
      try {
        client.raw(frames.toByteArray());
      } catch (IOException reset) {
        assertThat(reset).isNotNull(); // it ended while we wrote
      }
      LimitsIT.assertRejected(few, "http2_queued_control_frames");
    }
  }

  @Test
  void brokenFramesHaveTheirCode() throws Exception {
    assertThat(code(Http2Client.bytes(Http2Client.DATA, 0, 0, (byte) 1))).isEqualTo(PROTOCOL_ERROR);
    assertThat(code(Http2Client.bytes(Http2Client.DATA, 0, 5, (byte) 1))).isEqualTo(PROTOCOL_ERROR);
    assertThat(code(Http2Client.bytes(Http2Client.PING, 0, 0, (byte) 1)))
        .isEqualTo(FRAME_SIZE_ERROR);
    assertThat(code(Http2Client.bytes(Http2Client.HEADERS, 5, 2, Http2Client.block(HEAD))))
        .isEqualTo(PROTOCOL_ERROR);
    assertThat(code(Http2Client.bytes(Http2Client.HEADERS, 5, 1, (byte) 0xff, (byte) 0xff)))
        .isEqualTo(COMPRESSION_ERROR);
    byte[] huge = Http2Client.bytes(Http2Client.DATA, 0, 1, new byte[17_000]);
    assertThat(code(huge)).isEqualTo(FRAME_SIZE_ERROR);
  }

  @Test
  void othersAreServedMeanwhile() throws Exception {
    List<Long> nanos = servedBeside(1, 3);
    assertThat(nanos.size()).isGreaterThan(20);
  }

  /** The time of each answer, on a machine that does nothing else. */
  @Test
  @Tag("nightly")
  void othersAreServedInTime() throws Exception {
    int attackers = Runtime.getRuntime().availableProcessors(); // more of them only take turns
    var _ = servedBeside(attackers, 10); // until the code that turns them away is compiled
    List<Long> nanos = servedBeside(attackers, 50);
    Collections.sort(nanos);
    long p99Millis = nanos.get(nanos.size() * 99 / 100) / 1_000_000;
    System.out.println("served beside attackers: " + nanos.size() + ", p99 " + p99Millis + " ms");
    assertThat(p99Millis).isLessThan(50);
  }

  /** Nanoseconds of each answer while so many clients attack that often. */
  private static List<Long> servedBeside(int attackers, int rounds) throws Exception {
    List<Thread> threads = new ArrayList<>();
    List<Long> nanos = new ArrayList<>();
    try (Http2Client bystander = Http2Client.connect(gateway.port("web")).start()) {
      for (int i = 0; i < 100; i++) ask(bystander, i); // until the code is compiled
      for (int i = 0; i < attackers; i++) {
        threads.add(
            Thread.ofPlatform()
                .start(
                    () -> {
                      for (int round = 0; round < rounds; round++) attackOnce();
                    }));
      }
      int id = 100;
      while ((threads.stream().anyMatch(Thread::isAlive) || nanos.size() < 30) && id < 9_000) {
        long before = System.nanoTime();
        ask(bystander, id++);
        nanos.add(System.nanoTime() - before);
        if (id % 50 == 0) assertMemoryIsBounded();
      }
      assertMemoryIsBounded();
      for (Thread thread : threads) thread.join();
    }
    return nanos;
  }

  /** What connections hold, those of the attackers included. */
  private static void assertMemoryIsBounded() throws IOException {
    String meters = gateway.control("/metrics", "Authorization: Bearer " + gateway.token()).text();
    Matcher used = USED.matcher(meters);
    assertThat(used.find()).isTrue();
    assertThat(Double.parseDouble(used.group(1))).isLessThan(MEMORY_MAX);
  }

  private static void ask(Http2Client client, int number) throws IOException {
    int stream = 2 * number + 1;
    assertThat(client.get(stream, "/local").response(stream).status()).isEqualTo(200);
  }

  private static void attackOnce() {
    try {
      ByteArrayOutputStream frames = frames();
      for (int i = 0; i < 1_000; i++) {
        frames.writeBytes(request(2 * i + 1, "/"));
        frames.writeBytes(
            Http2Client.bytes(Http2Client.RST_STREAM, 0, 2 * i + 1, Http2Client.number(8)));
      }
      flood(frames);
      frames = frames();
      for (int i = 0; i < 5_000; i++) {
        frames.writeBytes(Http2Client.bytes(Http2Client.PING, 0, 0, new byte[8]));
      }
      flood(frames);
    } catch (IOException _) {
      // it had enough of us
    }
  }

  private static byte[] request(int stream, String path) {
    return Http2Client.bytes(
        Http2Client.HEADERS,
        Http2Client.END_HEADERS | Http2Client.END_STREAM,
        stream,
        Http2Client.block(
            ":method", "GET", ":scheme", "http", ":authority", "test", ":path", path));
  }

  private static int code(byte[] frame) throws IOException {
    try (Http2Client client = attacker()) {
      client.raw(frame);
      return client.awaitGoAwayError();
    }
  }
}
