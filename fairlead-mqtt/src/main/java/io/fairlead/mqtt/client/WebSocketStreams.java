package io.fairlead.mqtt.client;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.http.WebSocketKey;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * The client's side of a web socket over a connection: what is written leaves as one masked binary
 * frame, what is read is the payload of the binary frames that come. Pings are answered; a close
 * frame is the end. A read that ends with a time-out loses nothing. Written to by one thread at a
 * time, read from by one.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc6455">RFC 6455</a>, MQTT 5.0 §6
 */
final class WebSocketStreams {
  private static final int HEAD_MAX = 16 * 1024;
  private static final int FRAME_MAX = 256 * 1024 * 1024;
  private static final int CONTROL_MAX = 125;
  private static final int CHUNK = 64 * 1024;
  private static final int CONTINUATION = 0;
  private static final int BINARY = 2;
  private static final int CLOSE = 8;
  private static final int PING = 9;
  private static final int PONG = 10;

  private final InputStream in;
  private final OutputStream out; // guarded by itself
  private byte[] raw = new byte[CHUNK]; // read and not handed out: from rawStart to rawEnd
  private int rawStart;
  private int rawEnd;
  private long left; // of the frame whose payload is being handed out
  private boolean closed;

  private WebSocketStreams(InputStream in, OutputStream out) {
    this.in = in;
    this.out = out;
  }

  /**
   * Asks for a web socket that speaks MQTT.
   *
   * @param path of the request, beginning with a slash
   * @throws IOException the other side does not want one, or not for MQTT
   */
  static WebSocketStreams open(
      InputStream in, OutputStream out, InetSocketAddress address, String path) throws IOException {
    WebSocketStreams streams = new WebSocketStreams(in, out);
    String key = WebSocketKey.fresh(Randomness.system());
    String host = address.getHostString();
    String request =
        "GET %s HTTP/1.1\r\nHost: %s:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                .formatted(path, host.indexOf(':') < 0 ? host : "[" + host + "]", address.getPort())
            + "Sec-WebSocket-Key: %s\r\nSec-WebSocket-Version: 13\r\n".formatted(key)
            + "Sec-WebSocket-Protocol: mqtt\r\n\r\n";
    out.write(request.getBytes(StandardCharsets.US_ASCII));
    out.flush();
    check(streams.head(), key);
    return streams;
  }

  /** What the broker sends. */
  InputStream input() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
      }

      @Override
      public int read(byte[] target, int offset, int length) throws IOException {
        return WebSocketStreams.this.read(target, offset, length);
      }
    };
  }

  /** What the broker gets; each write is one frame. */
  OutputStream output() {
    return new OutputStream() {
      @Override
      public void write(int octet) throws IOException {
        write(new byte[] {(byte) octet}, 0, 1);
      }

      @Override
      public void write(byte[] bytes, int offset, int length) throws IOException {
        frame(BINARY, bytes, offset, length);
      }

      @Override
      public void flush() throws IOException {
        synchronized (out) {
          out.flush();
        }
      }
    };
  }

  private String head() throws IOException {
    while (true) {
      for (int i = rawStart; i + 4 <= rawEnd; i++) {
        boolean end =
            raw[i] == '\r' && raw[i + 1] == '\n' && raw[i + 2] == '\r' && raw[i + 3] == '\n';
        if (!end) continue;
        String head = new String(raw, rawStart, i - rawStart, StandardCharsets.ISO_8859_1);
        rawStart = i + 4;
        return head;
      }
      if (rawEnd - rawStart > HEAD_MAX) throw new IOException("the answer is no web socket's");
      if (!fill()) throw new EOFException("the connection was closed instead of upgraded");
    }
  }

  private static void check(String head, String key) throws IOException {
    String[] lines = head.split("\r\n", -1);
    String[] status = lines[0].split(" ", 3);
    if (status.length < 2 || !status[0].startsWith("HTTP/1.") || !status[1].equals("101")) {
      throw new IOException("no web socket here: " + lines[0].replaceAll("[^ -~]", "?"));
    }
    String accept = "";
    String protocol = "";
    for (String line : lines) {
      int colon = line.indexOf(':');
      if (colon < 0) continue;
      String value = line.substring(colon + 1).strip();
      switch (line.substring(0, colon).toLowerCase(Locale.ROOT)) {
        case "sec-websocket-accept" -> accept = value;
        case "sec-websocket-protocol" -> protocol = value;
        default -> {}
      }
    }
    if (!accept.equals(WebSocketKey.accept(key)))
      throw new IOException("the answer is no web socket's");
    if (!protocol.equals("mqtt")) throw new IOException("the web socket does not speak MQTT");
  }

  private int read(byte[] target, int offset, int length) throws IOException {
    while (left == 0) {
      if (closed) return -1;
      if (!header() && !fill()) return -1;
    }
    if (rawStart == rawEnd && !fill()) return -1;
    int count = (int) Math.min(Math.min(left, length), rawEnd - rawStart);
    System.arraycopy(raw, rawStart, target, offset, count);
    rawStart += count;
    left -= count;
    return count;
  }

  /**
   * Takes the header of the next frame, and a control frame as a whole; false: not all is there.
   */
  private boolean header() throws IOException {
    int there = rawEnd - rawStart;
    if (there < 2) return false;
    int first = raw[rawStart] & 0xff;
    int second = raw[rawStart + 1] & 0xff;
    if ((first & 0x70) != 0 || (second & 0x80) != 0) throw broken();
    int more = (second & 0x7f) == 126 ? 2 : (second & 0x7f) == 127 ? 8 : 0;
    if (there < 2 + more) return false;
    long length = more == 0 ? second & 0x7f : 0;
    for (int i = 0; i < more; i++) length = length << 8 | raw[rawStart + 2 + i] & 0xff;
    if (length < 0 || length > FRAME_MAX) throw broken();
    int kind = first & 15;
    boolean control = (kind & 8) != 0;
    if (!control) {
      if (kind != BINARY && kind != CONTINUATION) throw broken();
      rawStart += 2 + more;
      left = length;
      return true;
    }
    if (length > CONTROL_MAX || (first & 0x80) == 0) throw broken();
    if (there < 2 + more + length) return false;
    byte[] payload =
        Arrays.copyOfRange(raw, rawStart + 2 + more, rawStart + 2 + more + (int) length);
    rawStart += 2 + more + (int) length;
    switch (kind) {
      case PING -> frame(PONG, payload, 0, payload.length);
      case PONG -> {}
      case CLOSE -> {
        closed = true;
        frame(CLOSE, payload, 0, payload.length);
      }
      default -> throw broken();
    }
    return true;
  }

  /** Reads what there is behind what was read; false: the end. */
  private boolean fill() throws IOException {
    if (rawStart > 0) {
      System.arraycopy(raw, rawStart, raw, 0, rawEnd - rawStart);
      rawEnd -= rawStart;
      rawStart = 0;
    }
    int count = in.read(raw, rawEnd, raw.length - rawEnd);
    if (count < 0) return false;
    rawEnd += count;
    return true;
  }

  private void frame(int kind, byte[] bytes, int offset, int length) throws IOException {
    int more = length < 126 ? 0 : length < 65_536 ? 2 : 8;
    byte[] frame = new byte[2 + more + 4 + length];
    frame[0] = (byte) (0x80 | kind);
    frame[1] = (byte) (0x80 | (more == 0 ? length : more == 2 ? 126 : 127));
    for (int i = 0; i < more; i++) {
      int shift = 8 * (more - 1 - i);
      frame[2 + i] = shift > 31 ? 0 : (byte) (length >>> shift);
    }
    byte[] mask = Randomness.system().secureBytes(4);
    System.arraycopy(mask, 0, frame, 2 + more, 4);
    int start = 6 + more;
    for (int i = 0; i < length; i++) frame[start + i] = (byte) (bytes[offset + i] ^ mask[i & 3]);
    synchronized (out) {
      out.write(frame);
      out.flush();
    }
  }

  private static IOException broken() {
    return new IOException("the broker's web socket frames are broken");
  }
}
