package io.fairlead.net.http.codec;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Puts a head together in an own array and copies it once into a direct buffer.
 *
 * <p>A forwarded head is built from parsed parts: the start line anew, then runs of kept field
 * lines between dropped ones, then the framing fields. What may never be copied (hop-by-hop,
 * nominated, {@code Host}, {@code Expect}, framing) is left out here, not by callers.
 *
 * <p>Confined to one event loop; one head at a time between {@link #begin} and {@link #toBuffer}.
 */
public final class HeadWriter {
  private static final int INITIAL_BYTES = 8 * 1024;
  private static final byte[] CRLF = {'\r', '\n'};
  private static final byte[] HTTP_11 = Octet.bytes(" HTTP/1.1\r\nHost: ");
  private static final byte[] STATUS_11 = Octet.bytes("HTTP/1.1");
  private static final byte[] TE = Octet.bytes("TE: trailers\r\nConnection: TE\r\n");

  private byte[] bytes = new byte[INITIAL_BYTES];
  private int at;

  /** A constant for {@link #raw}. */
  public static byte[] constant(String latin1) {
    return latin1.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Starts anew. */
  public HeadWriter begin() {
    if (bytes.length > 8 * INITIAL_BYTES) bytes = new byte[INITIAL_BYTES];
    at = 0;
    return this;
  }

  /**
   * Request line and {@code Host}.
   *
   * @throws IllegalArgumentException the method is no token, or the target or host has a space,
   *     control or non-ASCII character
   */
  public HeadWriter request(String method, String target, String host) {
    if (!text(method, Octet.TOKEN)) throw new IllegalArgumentException("method: no token");
    return octet(' ').visible("target", target).raw(HTTP_11).visible("host", host).raw(CRLF);
  }

  /** Status line of a response that is passed on, with our version. */
  public HeadWriter status(ResponseScanner response) {
    return raw(STATUS_11).run(response.bytes, response.lineRest(), response.lineEnd()).raw(CRLF);
  }

  /** Status line of our own. */
  public HeadWriter status(int status) {
    return raw(StatusLines.of(status));
  }

  /** The fields that go to the other end, but not those named in {@code dropped}. */
  public HeadWriter endToEnd(HeadScanner head, List<String> dropped) {
    int[] offsets = head.at;
    int runStart = -1;
    int runEnd = -1;
    for (int i = 0; i < head.size(); i++) {
      int base = i * HeadScanner.STRIDE;
      if (head.kinds[i] != FieldKind.OTHER
          || (!dropped.isEmpty() && among(dropped, head.bytes, offsets[base], offsets[base + 1]))) {
        continue;
      }
      if (offsets[base] != runEnd) {
        if (runStart >= 0) run(head.bytes, runStart, runEnd);
        runStart = offsets[base];
      }
      runEnd = offsets[base + 4] + 2; // with its CRLF
    }
    return runStart >= 0 ? run(head.bytes, runStart, runEnd) : this;
  }

  /** {@code TE: trailers}, the one coding that passes a hop (RFC 9110 §10.1.4). */
  public HeadWriter teTrailers() {
    return raw(TE);
  }

  /**
   * One field; characters outside Latin-1 become {@code ?}.
   *
   * @throws IllegalArgumentException the value has a control character or the name is no token
   */
  public HeadWriter field(String name, String value) {
    if (name.isEmpty() || !text(name, Octet.TOKEN)) {
      throw new IllegalArgumentException("field name: " + name.length() + " characters, no token");
    }
    octet(':').octet(' ');
    if (!text(value, Octet.TEXT)) {
      throw new IllegalArgumentException("field " + name + ": control character in value");
    }
    return raw(CRLF);
  }

  public HeadWriter contentLength(long length) {
    return raw(CONTENT_LENGTH).number(length).raw(CRLF);
  }

  public HeadWriter transferEncodingChunked() {
    return raw(CHUNKED);
  }

  public HeadWriter connectionClose() {
    return raw(CLOSE);
  }

  /** For HTTP/1.0 clients, which close unless told. */
  public HeadWriter connectionKeepAlive() {
    return raw(KEEP_ALIVE);
  }

  public HeadWriter upgradeToWebSocket() {
    return raw(UPGRADE);
  }

  public HeadWriter raw(byte[] constant) {
    return run(constant, 0, constant.length);
  }

  /** Ends the head. */
  public HeadWriter end() {
    return raw(CRLF);
  }

  /** Bytes written so far. */
  public int length() {
    return at;
  }

  /**
   * A direct buffer with the head.
   *
   * @param slack writable bytes to leave behind it, for a small body
   * @return owned by the caller
   */
  public ByteBuf toBuffer(ByteBufAllocator allocator, int slack) {
    ByteBuf out = allocator.directBuffer(at + slack, at + slack);
    return out.writeBytes(bytes, 0, at);
  }

  private static final byte[] CONTENT_LENGTH = Octet.bytes("Content-Length: ");
  private static final byte[] CHUNKED = Octet.bytes("Transfer-Encoding: chunked\r\n");
  private static final byte[] CLOSE = Octet.bytes("Connection: close\r\n");
  private static final byte[] KEEP_ALIVE = Octet.bytes("Connection: keep-alive\r\n");
  private static final byte[] UPGRADE =
      Octet.bytes("Connection: Upgrade\r\nUpgrade: websocket\r\n");

  private static boolean among(List<String> names, byte[] head, int from, int to) {
    for (int i = 0; i < names.size(); i++) {
      if (Octet.same(head, from, to, names.get(i))) return true;
    }
    return false;
  }

  private HeadWriter run(byte[] source, int from, int to) {
    reserve(to - from);
    System.arraycopy(source, from, bytes, at, to - from);
    at += to - from;
    return this;
  }

  private HeadWriter visible(String what, String value) {
    if (value.isEmpty() || !text(value, Octet.TARGET)) {
      throw new IllegalArgumentException(what + ": not visible ASCII");
    }
    return this;
  }

  /** Whether all of its octets are of that class; it is written only then. */
  private boolean text(String value, int octetClass) {
    int length = value.length();
    reserve(length);
    byte[] out = bytes;
    int to = at;
    for (int i = 0; i < length; i++) {
      char c = value.charAt(i);
      byte octet = c < 256 ? (byte) c : (byte) '?';
      if (!Octet.is(octet, octetClass)) return false;
      out[to++] = octet;
    }
    at = to;
    return true;
  }

  private HeadWriter octet(char c) {
    reserve(1);
    bytes[at++] = (byte) c;
    return this;
  }

  private HeadWriter number(long value) {
    reserve(20);
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) digits++;
    long rest = value;
    for (int i = at + digits - 1; i >= at; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    at += digits;
    return this;
  }

  private void reserve(int count) {
    if (bytes.length - at < count) {
      bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, at + count));
    }
  }
}
