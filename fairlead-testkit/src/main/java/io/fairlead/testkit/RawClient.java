package io.fairlead.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;

/**
 * A connection of which a test controls every byte, over TCP or a unix socket. Each reading or
 * writing call waits at most {@link #timeout}, 10 s unless set, and then fails with {@link
 * SocketTimeoutException}. Not thread-safe.
 */
public final class RawClient implements AutoCloseable {
  private static final Duration DEFAULT_TIMEOUT = Duration.ofSeconds(10);

  /** How a connection ended. */
  public enum End {
    /** FIN: the peer closed in order. */
    EOF,
    /** RST: it did not. */
    RESET
  }

  private final SocketChannel channel;
  private final Selector selector;
  private final SelectionKey key;
  private final ByteBuffer buffer = ByteBuffer.allocate(64 * 1024).flip();
  private Duration timeout = DEFAULT_TIMEOUT;

  private RawClient(SocketChannel channel) throws IOException {
    this.channel = channel;
    channel.configureBlocking(false);
    this.selector = Selector.open();
    this.key = channel.register(selector, 0);
  }

  /** Connects to a port of 127.0.0.1. */
  public static RawClient connect(int port) throws IOException {
    return connect(new InetSocketAddress("127.0.0.1", port));
  }

  public static RawClient connect(InetSocketAddress to) throws IOException {
    return open(SocketChannel.open(), to);
  }

  /** Connects from a chosen local address, such as 127.0.0.2, to play another source. */
  public static RawClient connect(String from, InetSocketAddress to) throws IOException {
    SocketChannel channel = SocketChannel.open();
    try {
      channel.bind(new InetSocketAddress(from, 0));
    } catch (IOException failure) {
      channel.close();
      throw failure;
    }
    return open(channel, to);
  }

  /** Connects to a unix socket. */
  public static RawClient connect(Path socket) throws IOException {
    return open(
        SocketChannel.open(StandardProtocolFamily.UNIX), UnixDomainSocketAddress.of(socket));
  }

  private static RawClient open(SocketChannel channel, SocketAddress to) throws IOException {
    try {
      if (to instanceof InetSocketAddress inet) {
        channel.socket().connect(inet, (int) DEFAULT_TIMEOUT.toMillis());
        channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
      } else {
        channel.connect(to);
      }
      return new RawClient(channel);
    } catch (IOException failure) {
      channel.close();
      throw failure;
    }
  }

  /** Limit of every later call. */
  public RawClient timeout(Duration limit) {
    timeout = limit;
    return this;
  }

  public SocketAddress localAddress() throws IOException {
    return channel.getLocalAddress();
  }

  /** Sends text, each char one byte (ISO 8859-1). */
  public RawClient send(String text) throws IOException {
    return send(text.getBytes(ISO_8859_1));
  }

  public RawClient send(byte[] bytes) throws IOException {
    ByteBuffer rest = ByteBuffer.wrap(bytes);
    Deadline deadline = Deadline.in(Clock.system(), timeout);
    while (rest.hasRemaining()) {
      if (channel.write(rest) == 0) await(SelectionKey.OP_WRITE, deadline);
    }
    return this;
  }

  /** Sends as much as the kernel takes now and says how much that was. */
  public int sendSome(byte[] bytes) throws IOException {
    return channel.write(ByteBuffer.wrap(bytes));
  }

  /** The next byte, or -1 at the end. */
  public int read() throws IOException {
    if (!buffer.hasRemaining() && !fill(Deadline.in(Clock.system(), timeout))) return -1;
    return buffer.get() & 0xff;
  }

  /**
   * Exactly {@code count} bytes.
   *
   * @throws EOFException fewer came
   */
  public byte[] readExactly(int count) throws IOException {
    byte[] bytes = input().readNBytes(count);
    if (bytes.length < count) {
      throw new EOFException("got " + bytes.length + " of " + count + ": " + shown(bytes));
    }
    return bytes;
  }

  /**
   * Text up to and including {@code marker}.
   *
   * @throws EOFException the connection ended first
   */
  public String readUntil(String marker) throws IOException {
    StringBuilder text = new StringBuilder();
    try {
      while (!endsWith(text, marker)) {
        int c = read();
        if (c < 0) throw new EOFException("no \"" + marker + "\" in: " + text);
        text.append((char) c);
      }
    } catch (SocketTimeoutException late) {
      throw new SocketTimeoutException("no \"" + marker + "\" in: " + text);
    }
    return text.toString();
  }

  /** Everything until the peer closes. */
  public byte[] readAll() throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (int c = read(); c >= 0; c = read()) {
      all.write(c);
      int rest = buffer.remaining();
      all.write(buffer.array(), buffer.position(), rest);
      buffer.position(buffer.limit());
    }
    return all.toByteArray();
  }

  /** Everything until the peer closes, as text. */
  public String readAllText() throws IOException {
    return new String(readAll(), ISO_8859_1);
  }

  /** One response to anything but HEAD and CONNECT. */
  public StrictHttpParser.Response readResponse() throws IOException {
    return readResponse("GET");
  }

  /** One response, parsed strictly; the bytes after it stay unread. */
  public StrictHttpParser.Response readResponse(String requestMethod) throws IOException {
    return StrictHttpParser.response(input(), requestMethod);
  }

  /**
   * Waits for the end of the connection.
   *
   * @throws IOException bytes came instead, or nothing in time
   */
  public End awaitEnd() throws IOException {
    try {
      int c = read();
      if (c >= 0) {
        throw new IOException(
            "expected the end, got: " + (char) c + ISO_8859_1.decode(buffer.duplicate()));
      }
      return End.EOF;
    } catch (SocketTimeoutException late) {
      throw late;
    } catch (IOException failure) {
      if (reset(failure)) return End.RESET;
      throw failure;
    }
  }

  /** Reads and drops what comes until the connection ends. */
  public End drainToEnd() throws IOException {
    try {
      while (read() >= 0) buffer.position(buffer.limit());
      return End.EOF;
    } catch (SocketTimeoutException late) {
      throw late;
    } catch (IOException failure) {
      if (reset(failure)) return End.RESET;
      throw failure;
    }
  }

  /** Whether nothing comes and the connection stays open for that long. */
  public boolean silentFor(Duration time) throws IOException {
    if (buffer.hasRemaining()) return false;
    try {
      fill(Deadline.in(Clock.system(), time));
      return false;
    } catch (SocketTimeoutException quiet) {
      return true;
    }
  }

  /** Sends FIN; reading goes on. */
  public RawClient halfClose() throws IOException {
    channel.shutdownOutput();
    return this;
  }

  /** Closes with RST (TCP). */
  public void reset() throws IOException {
    channel.setOption(StandardSocketOptions.SO_LINGER, 0);
    close();
  }

  /** The received bytes as a stream; closing it does nothing. */
  public InputStream input() {
    return new InputStream() {
      @Override
      public int read() throws IOException {
        return RawClient.this.read();
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        if (length == 0) return 0;
        if (!buffer.hasRemaining() && !fill(Deadline.in(Clock.system(), timeout))) return -1;
        int count = Math.min(length, buffer.remaining());
        buffer.get(into, offset, count);
        return count;
      }
    };
  }

  @Override
  public void close() throws IOException {
    channel.close();
    // A registered channel keeps its descriptor, and with it the connection, until its selector
    // forgets the key.
    selector.close();
  }

  private boolean fill(Deadline deadline) throws IOException {
    buffer.clear();
    try {
      while (true) {
        int count = channel.read(buffer);
        if (count < 0) return false;
        if (count > 0) return true;
        await(SelectionKey.OP_READ, deadline);
      }
    } finally {
      buffer.flip();
    }
  }

  private void await(int interest, Deadline deadline) throws IOException {
    long millis = deadline.remaining().toMillis();
    if (millis <= 0) throw new SocketTimeoutException("no progress in " + timeout);
    key.interestOps(interest);
    selector.select(millis);
    selector.selectedKeys().clear();
  }

  private static boolean endsWith(StringBuilder text, String marker) {
    int from = text.length() - marker.length();
    return from >= 0 && text.indexOf(marker, from) == from;
  }

  private static boolean reset(IOException failure) {
    String message = String.valueOf(failure.getMessage());
    return message.contains("reset") || message.contains("Broken pipe");
  }

  private static String shown(byte[] bytes) {
    return new String(bytes, ISO_8859_1);
  }
}
