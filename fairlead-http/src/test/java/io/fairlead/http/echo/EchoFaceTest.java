package io.fairlead.http.echo;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.http.GatewayFixture;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EchoFaceTest {
  private final GatewayFixture gateway = new GatewayFixture();
  private RawClient client;

  @BeforeEach
  void listen() throws Exception {
    client = RawClient.connect(gateway.listen(new EchoFace(gateway.edge, gateway.meters())));
  }

  @AfterEach
  void close() throws Exception {
    client.close();
    gateway.close();
  }

  @Test
  void describesARequest() throws Exception {
    client.send("GET /a?b=\"c HTTP/1.1\r\nHost: a\r\nX-Quote: \"\\\r\n\r\n");
    Response response = client.readResponse();
    assertThat(response.status()).isEqualTo(200);
    assertThat(response.field("content-type")).contains("application/json");
    assertThat(response.text())
        .contains("\"method\":\"GET\"")
        .contains("[\"X-Quote\",\"\\\"\\\\\"]");
  }

  @Test
  void sendsABodyBack() throws Exception {
    client.send(
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Type: text/x\r\nContent-Length: 5\r\n\r\nhello");
    Response fixed = client.readResponse();
    assertThat(fixed.text()).isEqualTo("hello");
    assertThat(fixed.field("content-type")).contains("text/x");
    client.send(
        "PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    assertThat(client.readResponse().text()).isEqualTo("abc");
  }

  @Test
  void sendsBytesBackThatAreNotHttp() throws Exception {
    byte[] bytes = new byte[300_000];
    new Random(5).nextBytes(bytes);
    bytes[0] = 0;
    Thread sender =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    client.send(bytes).halfClose();
                  } catch (java.io.IOException failure) {
                    throw new java.io.UncheckedIOException(failure);
                  }
                });
    assertThat(client.readExactly(bytes.length)).isEqualTo(bytes);
    sender.join();
    assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
  }

  @Test
  void sendsTheBeginningOfAMethodBack() throws Exception {
    client.send("GE");
    assertThat(client.readExactly(2)).isEqualTo("GE".getBytes(StandardCharsets.US_ASCII));
    client.send("T / HTTP/1.1\r\n\r\n");
    assertThat(client.readUntil("\r\n\r\n")).isEqualTo("T / HTTP/1.1\r\n\r\n");
  }

  @Test
  void anUnfinishedMethodFollowedByTheEndIsEchoed() throws Exception {
    client.send("GET").halfClose();
    assertThat(client.readAllText()).isEqualTo("GET");
  }

  @Test
  void echoesWebSocketFrames() throws Exception {
    client.send(
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    String head = client.readUntil("\r\n\r\n");
    assertThat(head).startsWith("HTTP/1.1 101 ");
    // The sample of RFC 6455 §1.3.
    assertThat(head).containsIgnoringCase("sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    assertThat(head.toLowerCase(java.util.Locale.ROOT).split("upgrade: websocket", -1)).hasSize(2);
    client.send(frame(0x81, "hi"));
    assertThat(client.readExactly(4)).isEqualTo(new byte[] {(byte) 0x81, 2, 'h', 'i'});
    client.send(frame(0x89, "p"));
    assertThat(client.readExactly(3)).isEqualTo(new byte[] {(byte) 0x8a, 1, 'p'});
    client.send(frame(0x88, "\u0003\u00e8"));
    assertThat(client.readExactly(4)).isEqualTo(new byte[] {(byte) 0x88, 2, 3, (byte) 0xe8});
    assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
  }

  @Test
  void anUnmaskedFrameEndsTheWebSocketWithAProtocolError() throws Exception {
    client.send(
        "GET /ws HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n");
    client.readUntil("\r\n\r\n");
    client.send(new byte[] {(byte) 0x81, 1, 'x'});
    byte[] close = client.readExactly(4);
    assertThat(close[0]).isEqualTo((byte) 0x88);
    assertThat((close[2] & 0xff) << 8 | (close[3] & 0xff)).isEqualTo(1002);
    client.drainToEnd();
  }

  /** A masked frame with a mask of zeros. */
  private static byte[] frame(int first, String latin1) {
    byte[] payload = latin1.getBytes(StandardCharsets.ISO_8859_1);
    byte[] frame = new byte[6 + payload.length];
    frame[0] = (byte) first;
    frame[1] = (byte) (0x80 | payload.length);
    System.arraycopy(payload, 0, frame, 6, payload.length);
    return frame;
  }
}
