package io.fairlead.mqtt.client;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.util.ArrayDeque;
import java.util.Base64;
import java.util.Deque;
import java.util.HexFormat;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The client's web socket against a server that says what a test wants. */
class WebSocketStreamsTest {
  private static final String GOOD =
      "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
          + "Sec-WebSocket-Accept: @ACCEPT@\r\nSec-WebSocket-Protocol: mqtt\r\n\r\n";

  private final Script in = new Script();
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** Gives what it is told to, piece by piece; an empty piece is a time-out. */
  private final class Script extends InputStream {
    private final Deque<byte[]> pieces = new ArrayDeque<>();
    private String head = GOOD;

    @Override
    public int read() {
      throw new UnsupportedOperationException();
    }

    @Override
    public int read(byte[] target, int offset, int length) throws IOException {
      if (!head.isEmpty()) {
        pieces.addFirst(head.replace("@ACCEPT@", accept()).getBytes(ISO_8859_1));
        head = "";
      }
      byte[] piece = pieces.poll();
      if (piece == null) return -1;
      if (piece.length == 0) throw new SocketTimeoutException();
      assertThat(piece.length).isLessThanOrEqualTo(length);
      System.arraycopy(piece, 0, target, offset, piece.length);
      return piece.length;
    }

    private String accept() {
      Matcher key = Pattern.compile("Sec-WebSocket-Key: (\\S+)").matcher(out.toString(ISO_8859_1));
      assertThat(key.find()).isTrue();
      try {
        byte[] text = (key.group(1) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").getBytes(ISO_8859_1);
        return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-1").digest(text));
      } catch (java.security.NoSuchAlgorithmException impossible) {
        throw new AssertionError(impossible);
      }
    }
  }

  private WebSocketStreams open(String... hex) throws IOException {
    for (String piece : hex) in.pieces.add(HexFormat.of().parseHex(piece.replace(" ", "")));
    WebSocketStreams streams =
        WebSocketStreams.open(in, out, InetSocketAddress.createUnresolved("broker", 8083), "/mqtt");
    assertThat(out.toString(ISO_8859_1)).startsWith("GET /mqtt HTTP/1.1\r\nHost: broker:8083\r\n");
    out.reset();
    return streams;
  }

  private static String hex(byte[] bytes) {
    return HexFormat.of().formatHex(bytes);
  }

  @ParameterizedTest
  @CsvSource({
    "8203 112233, 112233",
    "0201 11 8002 2233, 112233", // fragments
    "8202 1122 8900 8201 33, 112233", // a ping between
    "8200 8203 112233, 112233", // an empty frame
    "827e 0003 112233, 112233",
    "827f 0000000000000003 112233, 112233",
    "8203 112233 8a00, 112233", // a pong nobody asked for
  })
  void payloadsComeOutOfTheirFramesHoweverTheyAreCut(String frames, String payload)
      throws Exception {
    String bytes = frames.replace(" ", "");
    for (int cut = 0; cut <= bytes.length(); cut += 2) {
      out.reset();
      in.head = GOOD;
      in.pieces.clear();
      String[] pieces =
          cut == 0 || cut == bytes.length()
              ? new String[] {bytes}
              : new String[] {bytes.substring(0, cut), bytes.substring(cut)};
      assertThat(hex(open(pieces).input().readAllBytes())).as("cut at %s", cut).isEqualTo(payload);
    }
  }

  @Test
  void aTimeOutInsideAFrameLosesNothing() throws Exception {
    InputStream read = open("82", "", "0311", "", "2233").input();
    byte[] target = new byte[8];
    assertThatThrownBy(() -> read.read(target, 0, 8)).isInstanceOf(SocketTimeoutException.class);
    assertThat(read.read(target, 0, 8)).isEqualTo(1);
    assertThatThrownBy(() -> read.read(target, 0, 8)).isInstanceOf(SocketTimeoutException.class);
    assertThat(read.read(target, 0, 1)).isEqualTo(1);
    assertThat(read.read()).isEqualTo(0x33);
    assertThat(read.read(target, 0, 8)).isEqualTo(-1);
  }

  @Test
  void aPingIsAnsweredWithWhatItSaidAndACloseIsTheEnd() throws Exception {
    InputStream read = open("8902 4142 8802 03e8 8201 11").input();
    assertThat(read.readAllBytes()).isEmpty();
    byte[] sent = out.toByteArray();
    assertThat(hex(sent)).startsWith("8a82").hasSize(2 * (2 * (2 + 4 + 2)));
    assertThat(unmasked(sent, 0)).isEqualTo("4142");
    assertThat(sent[8] & 0xff).isEqualTo(0x88);
    assertThat(unmasked(sent, 8)).isEqualTo("03e8");
  }

  private static String unmasked(byte[] frame, int at) {
    byte[] text = new byte[frame[at + 1] & 0x7f];
    for (int i = 0; i < text.length; i++)
      text[i] = (byte) (frame[at + 6 + i] ^ frame[at + 2 + (i & 3)]);
    return hex(text);
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "125, 0", "126, 2", "65535, 2", "65536, 8", "300000, 8"})
  void whatIsWrittenIsOneMaskedFrame(int length, int more) throws Exception {
    byte[] payload = new byte[length];
    for (int i = 0; i < length; i++) payload[i] = (byte) i;
    open().output().write(payload);
    byte[] frame = out.toByteArray();
    assertThat(frame).hasSize(2 + more + 4 + length);
    assertThat(frame[0] & 0xff).isEqualTo(0x82);
    assertThat(frame[1] & 0xff).isEqualTo(0x80 | (more == 0 ? length : more == 2 ? 126 : 127));
    long said = more == 0 ? length : 0;
    for (int i = 0; i < more; i++) said = said << 8 | frame[2 + i] & 0xff;
    assertThat(said).isEqualTo(length);
    for (int i = 0; i < length; i++)
      assertThat(frame[6 + more + i] ^ frame[2 + more + (i & 3)]).isEqualTo((byte) i);
  }

  @ParameterizedTest
  @CsvSource({
    "8101 11", // text
    "c201 11", // a reserved bit
    "8281 01020304 11", // masked by a server
    "827f 8000000000000001 11", // a negative length
    "827f 0000000100000000 11", // 4 GiB
    "0900", // a ping in pieces
    "897e 0080", // a ping that is too long
    "8b00", // a reserved kind of frame
  })
  void whatNoServerMaySendIsAnError(String frames) throws Exception {
    InputStream read = open(frames).input();
    assertThatThrownBy(() -> read.read(new byte[8], 0, 8))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("broken");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "HTTP/1.1 404 Not Found||no web socket here: HTTP/1.1 404 Not Found",
        "SSH-2.0-x||no web socket here",
        "HTTP/1.1 101 x|Sec-WebSocket-Accept: AAAA|no web socket's",
        "HTTP/1.1 101 x|Sec-WebSocket-Accept: @ACCEPT@|does not speak MQTT"
      })
  void anAnswerOfAnotherKindIsAnError(String status, String field, String message) {
    in.head = status + "\r\n" + (field == null ? "" : field + "\r\n") + "\r\n";
    assertThatThrownBy(this::open).isInstanceOf(IOException.class).hasMessageContaining(message);
  }
}
