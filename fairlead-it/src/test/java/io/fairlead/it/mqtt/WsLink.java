package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.Locale;

/** MQTT in the binary frames of a WebSocket, spoken by hand (RFC 6455). */
final class WsLink implements Link {
  private static final byte[] MASK = {0x11, 0x22, 0x33, 0x44};

  private final RawClient tcp;
  private byte[] frame = {};
  private int at;
  private boolean ended;
  private int closeCode = -1;

  private WsLink(RawClient tcp) {
    this.tcp = tcp;
  }

  static WsLink open(RawClient tcp, String path) throws IOException {
    String answer = handshake(tcp, path, "mqtt");
    assertThat(answer).startsWith("HTTP/1.1 101 ");
    assertThat(answer.toLowerCase(Locale.ROOT)).contains("\r\nsec-websocket-protocol: mqtt\r\n");
    return new WsLink(tcp);
  }

  /** Asks for an upgrade; an empty {@code protocols} leaves the field out. */
  static String handshake(RawClient tcp, String path, String protocols) throws IOException {
    String offer = protocols.isEmpty() ? "" : "Sec-WebSocket-Protocol: " + protocols + "\r\n";
    tcp.send(
        "GET "
            + path
            + " HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
            + "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            + "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
            + offer
            + "\r\n");
    return tcp.readUntil("\r\n\r\n");
  }

  @Override
  public void send(byte[] bytes) throws IOException {
    sendFrame(0x82, bytes);
  }

  /** One masked frame with this first byte. */
  void sendFrame(int first, byte[] bytes) throws IOException {
    tcp.send(frame(first, bytes));
  }

  /** The bytes of one. */
  static byte[] frame(int first, byte[] bytes) {
    Bytes out = new Bytes().u8(first);
    if (bytes.length < 126) out.u8(0x80 | bytes.length);
    else if (bytes.length < 65_536) out.u8(0x80 | 126).u16(bytes.length);
    else out.u8(0x80 | 127).u32(0).u32(bytes.length);
    out.raw(MASK);
    for (int i = 0; i < bytes.length; i++) out.u8(bytes[i] ^ MASK[i & 3]);
    return out.toArray();
  }

  @Override
  public int read() throws IOException {
    while (at == frame.length) {
      if (ended || !readFrame()) return -1;
    }
    return frame[at++] & 0xFF;
  }

  private boolean readFrame() throws IOException {
    int first = tcp.read();
    if (first < 0) {
      ended = true;
      return false;
    }
    int second = tcp.read();
    assertThat(second & 0x80).as("a server does not mask").isZero();
    int length = second & 0x7F;
    if (length >= 126) {
      byte[] more = tcp.readExactly(length == 126 ? 2 : 8);
      length = 0;
      for (byte b : more) length = length << 8 | (b & 0xFF);
    }
    byte[] payload = tcp.readExactly(length);
    switch (first & 0x0F) {
      case 0, 2 -> {
        frame = payload;
        at = 0;
      }
      case 8 -> {
        ended = true;
        if (payload.length >= 2) closeCode = (payload[0] & 0xFF) << 8 | (payload[1] & 0xFF);
        return false;
      }
      case 9 -> sendFrame(0x8A, payload);
      default -> throw new AssertionError("frame of type " + (first & 0x0F));
    }
    return true;
  }

  /** The code of the close frame that ended the stream, or -1. */
  int closeCode() {
    return closeCode;
  }

  @Override
  public boolean silentFor(Duration time) throws IOException {
    return at == frame.length && tcp.silentFor(time);
  }

  @Override
  public RawClient tcp() {
    return tcp;
  }
}
