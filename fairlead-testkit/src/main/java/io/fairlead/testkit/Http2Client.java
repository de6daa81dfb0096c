package io.fairlead.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * An HTTP/2 client without TLS of which a test controls every frame (RFC 9113 §4). It keeps no
 * rules: it sends what it is told. Heads are sent as literals without table and without Huffman
 * coding. Each read waits at most {@link #timeout}, 10 s unless set. Not thread-safe.
 */
public final class Http2Client implements AutoCloseable {
  public static final int DATA = 0;
  public static final int HEADERS = 1;
  public static final int PRIORITY = 2;
  public static final int RST_STREAM = 3;
  public static final int SETTINGS = 4;
  public static final int PING = 6;
  public static final int GOAWAY = 7;
  public static final int WINDOW_UPDATE = 8;
  public static final int CONTINUATION = 9;

  public static final int END_STREAM = 1;
  public static final int ACK = 1;
  public static final int END_HEADERS = 4;

  private static final int FRAME_MAX = 16 * 1024;
  private static final byte[] PREFACE = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(ISO_8859_1);

  /** One frame as received. */
  public record Frame(int type, int flags, int stream, byte[] payload) {
    public boolean has(int flag) {
      return (flags & flag) != 0;
    }

    /** Four bytes of the payload as a number. */
    public int number(int at) {
      return ByteBuffer.wrap(payload).getInt(at);
    }
  }

  /**
   * How a stream ended.
   *
   * @param status 0 when it was reset before a head
   * @param resetCode of RST_STREAM; -1 when the response was complete
   * @param interim status codes of the 1xx before it
   */
  public record Response(
      int status,
      List<HpackReader.Field> fields,
      byte[] body,
      List<HpackReader.Field> trailers,
      int resetCode,
      List<Integer> interim) {
    public String text() {
      return new String(body, ISO_8859_1);
    }

    public Optional<String> field(String name) {
      return first(fields, name);
    }

    public Optional<String> trailer(String name) {
      return first(trailers, name);
    }

    private static Optional<String> first(List<HpackReader.Field> fields, String name) {
      return fields.stream().filter(f -> f.name().equals(name)).map(f -> f.value()).findFirst();
    }
  }

  private final Socket socket;
  private final OutputStream out;
  private final DataInputStream in;
  private final HpackReader heads = new HpackReader();
  private final List<Frame> unread = new ArrayList<>();
  private boolean updatesWindows = true;

  private Http2Client(Socket socket) throws IOException {
    this.socket = socket;
    this.out = socket.getOutputStream();
    this.in = new DataInputStream(socket.getInputStream());
    timeout(Duration.ofSeconds(10));
  }

  /** Connects to a port of 127.0.0.1 and says nothing. */
  public static Http2Client connect(int port) throws IOException {
    return connect(port, "127.0.0.1");
  }

  /** The same from a certain address of this machine. */
  public static Http2Client connect(int port, String from) throws IOException {
    Socket socket = new Socket();
    socket.setTcpNoDelay(true);
    socket.bind(new InetSocketAddress(from, 0));
    socket.connect(new InetSocketAddress("127.0.0.1", port), 10_000);
    return new Http2Client(socket);
  }

  public Http2Client timeout(Duration limit) throws SocketException {
    socket.setSoTimeout((int) limit.toMillis());
    return this;
  }

  /** Leaves the server's windows as they are. */
  public Http2Client withoutWindowUpdates() {
    updatesWindows = false;
    return this;
  }

  /** Preface and empty SETTINGS. */
  public Http2Client start() throws IOException {
    return raw(PREFACE).frame(SETTINGS, 0, 0);
  }

  /** Any bytes. */
  public Http2Client raw(byte[] bytes) throws IOException {
    out.write(bytes);
    return this;
  }

  public Http2Client frame(int type, int flags, int stream, byte... payload) throws IOException {
    out.write(bytes(type, flags, stream, payload));
    return this;
  }

  /** The bytes of a frame, to send many at once. */
  public static byte[] bytes(int type, int flags, int stream, byte... payload) {
    return ByteBuffer.allocate(9 + payload.length)
        .put((byte) (payload.length >> 16))
        .put((byte) (payload.length >> 8))
        .put((byte) payload.length)
        .put((byte) type)
        .put((byte) flags)
        .putInt(stream)
        .put(payload)
        .array();
  }

  /** A request's head, in as many frames as it takes. */
  public Http2Client headers(int stream, boolean ends, String... namesAndValues)
      throws IOException {
    byte[] block = block(namesAndValues);
    int type = HEADERS;
    int flags = ends ? END_STREAM : 0;
    int at = 0;
    for (; block.length - at > FRAME_MAX; at += FRAME_MAX) {
      frame(type, flags, stream, Arrays.copyOfRange(block, at, at + FRAME_MAX));
      type = CONTINUATION;
      flags = 0;
    }
    return frame(type, flags | END_HEADERS, stream, Arrays.copyOfRange(block, at, block.length));
  }

  /** GET of a path. */
  public Http2Client get(int stream, String path) throws IOException {
    return headers(
        stream, true, ":method", "GET", ":scheme", "http", ":authority", "test", ":path", path);
  }

  public Http2Client data(int stream, boolean ends, byte... bytes) throws IOException {
    return frame(DATA, ends ? END_STREAM : 0, stream, bytes);
  }

  public Http2Client data(int stream, boolean ends, String text) throws IOException {
    return data(stream, ends, text.getBytes(ISO_8859_1));
  }

  public static byte[] number(int value) {
    return ByteBuffer.allocate(4).putInt(value).array();
  }

  /** Fields as literals without indexing (RFC 7541 §6.2.2). */
  public static byte[] block(String... namesAndValues) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int i = 0; i < namesAndValues.length; i += 2) {
      out.write(0);
      string(namesAndValues[i], out);
      string(namesAndValues[i + 1], out);
    }
    return out.toByteArray();
  }

  private static void string(String text, ByteArrayOutputStream out) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    if (bytes.length < 127) {
      out.write(bytes.length);
    } else {
      out.write(127);
      int rest = bytes.length - 127;
      for (; rest >= 128; rest >>= 7) out.write(rest & 127 | 128);
      out.write(rest);
    }
    out.writeBytes(bytes);
  }

  // ---- reading ----------------------------------------------------------------------------

  /** The next frame; answers SETTINGS and gives windows back on the way. */
  public Frame read() throws IOException {
    if (!unread.isEmpty()) return unread.removeFirst();
    return receive();
  }

  private Frame receive() throws IOException {
    byte[] head = new byte[9];
    in.readFully(head);
    ByteBuffer view = ByteBuffer.wrap(head);
    int length = (head[0] & 255) << 16 | (head[1] & 255) << 8 | head[2] & 255;
    byte[] payload = new byte[length];
    in.readFully(payload);
    Frame frame =
        new Frame(head[3] & 255, head[4] & 255, view.getInt(5) & Integer.MAX_VALUE, payload);
    if (frame.type() == SETTINGS && !frame.has(ACK)) tell(SETTINGS, ACK, 0);
    if (frame.type() == PING && !frame.has(ACK)) tell(PING, ACK, 0, payload);
    if (frame.type() == DATA && length > 0 && updatesWindows) {
      tell(WINDOW_UPDATE, 0, 0, number(length));
      if (!frame.has(END_STREAM)) tell(WINDOW_UPDATE, 0, frame.stream(), number(length));
    }
    return frame;
  }

  /** A server that has closed already does not mind. */
  private void tell(int type, int flags, int stream, byte... payload) {
    try {
      frame(type, flags, stream, payload);
    } catch (IOException _) {
      // what it sent before is still to be read
    }
  }

  /** The response on a stream, or its reset; frames of other streams are kept for later. */
  public Response response(int stream) throws IOException {
    int status = 0;
    List<HpackReader.Field> fields = List.of();
    List<HpackReader.Field> trailers = List.of();
    List<Integer> interim = new ArrayList<>();
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    List<Frame> later = new ArrayList<>();
    try {
      while (true) {
        Frame frame = read();
        if (frame.type() == GOAWAY && frame.number(4) != 0) {
          throw new EOFException("GOAWAY " + frame.number(4));
        }
        if (frame.stream() != stream) {
          if (frame.stream() != 0) later.add(frame);
          continue;
        }
        switch (frame.type()) {
          case HEADERS -> {
            List<HpackReader.Field> head = heads.read(frame.payload());
            String code =
                head.isEmpty() || !head.getFirst().name().equals(":status")
                    ? ""
                    : head.getFirst().value();
            if (code.isEmpty()) {
              trailers = head;
            } else if (code.startsWith("1")) {
              interim.add(Integer.valueOf(code));
            } else {
              status = Integer.parseInt(code);
              fields = head;
            }
          }
          case DATA -> body.writeBytes(frame.payload());
          case RST_STREAM -> {
            return new Response(
                status, fields, body.toByteArray(), trailers, frame.number(0), interim);
          }
          default -> {}
        }
        if ((frame.type() == HEADERS || frame.type() == DATA) && frame.has(END_STREAM)) {
          return new Response(status, fields, body.toByteArray(), trailers, -1, interim);
        }
      }
    } finally {
      unread.addAll(0, later);
    }
  }

  /** Reads until a frame of that type. */
  public Frame await(int type) throws IOException {
    while (true) {
      Frame frame = receive();
      if (frame.type() == type) return frame;
    }
  }

  /** The code of the GOAWAY that says an error; -1 when the connection ends without one. */
  public int awaitGoAwayError() throws IOException {
    try {
      while (true) {
        Frame frame = await(GOAWAY);
        if (frame.number(4) != 0) return frame.number(4);
      }
    } catch (EOFException | SocketException _) {
      return -1;
    }
  }

  /** Waits until the server has closed. */
  public void awaitEnd() throws IOException {
    try {
      while (true) receive();
    } catch (EOFException _) {
      // the end
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
