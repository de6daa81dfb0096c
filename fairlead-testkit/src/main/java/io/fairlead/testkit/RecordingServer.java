package io.fairlead.testkit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.time.Clock;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A server on a free port of 127.0.0.1 that runs a script for each connection, on a virtual thread
 * of its own, and keeps every byte it received. A script that fails ends its connection; {@link
 * #failures} has the reasons, and so has the message of every assertion here.
 */
public final class RecordingServer implements AutoCloseable {
  private static final Duration READ_TIMEOUT = Duration.ofSeconds(15);

  /** What the server does with one connection; the connection is closed when it returns. */
  @FunctionalInterface
  public interface Script {
    void run(Conversation conversation) throws Exception;
  }

  /** Answers one request with whole response bytes. */
  @FunctionalInterface
  public interface Responder {
    String respond(StrictHttpParser.Request request) throws Exception;
  }

  private final ServerSocket server;
  private final Script script;
  private final List<Conversation> conversations = new CopyOnWriteArrayList<>();
  private final List<Throwable> failures = new CopyOnWriteArrayList<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  private RecordingServer(ServerSocket server, Script script) {
    this.server = server;
    this.script = script;
  }

  /** Starts on a free port. */
  public static RecordingServer start(Script script) throws IOException {
    return start(0, script);
  }

  /**
   * Starts on a port that was free a moment ago.
   *
   * @param port 0 for any
   */
  public static RecordingServer start(int port, Script script) throws IOException {
    RecordingServer recording =
        new RecordingServer(
            new ServerSocket(port, 512, InetAddress.getByName("127.0.0.1")), script);
    Thread.ofVirtual().name("recording-accept").start(recording::acceptAll);
    return recording;
  }

  /** Parses requests strictly, one after another, and answers each; keeps the connection. */
  public static RecordingServer http(Responder responder) throws IOException {
    return start(
        conversation -> {
          for (Optional<StrictHttpParser.Request> request = conversation.readRequest();
              request.isPresent();
              request = conversation.readRequest()) {
            conversation.send(responder.respond(request.get()));
          }
        });
  }

  /** A whole response with a length. */
  public static String response(int status, String body, String... fieldLines) {
    StringBuilder text = new StringBuilder("HTTP/1.1 " + status + " Status\r\n");
    for (String line : fieldLines) text.append(line).append("\r\n");
    return text + "Content-Length: " + body.length() + "\r\n\r\n" + body;
  }

  public int port() {
    return server.getLocalPort();
  }

  public InetSocketAddress address() {
    return new InetSocketAddress("127.0.0.1", port());
  }

  /** Connections accepted so far, in order. */
  public List<Conversation> conversations() {
    return List.copyOf(conversations);
  }

  /** The {@code index}-th connection, from 0, waiting for it up to 10 s. */
  public Conversation conversation(int index) {
    awaitThat(() -> conversations.size() > index, "connection " + index);
    return conversations.get(index);
  }

  /** Every request received so far on all connections, each stream parsed strictly. */
  public List<StrictHttpParser.Request> requests() {
    List<StrictHttpParser.Request> all = new ArrayList<>();
    for (Conversation conversation : conversations) all.addAll(conversation.requests);
    return all;
  }

  /** Why scripts failed. */
  public List<Throwable> failures() {
    return List.copyOf(failures);
  }

  /** Stops accepting and cuts every connection. */
  @Override
  public void close() throws IOException {
    server.close();
    for (Conversation conversation : conversations) conversation.socket.close();
  }

  private void acceptAll() {
    while (true) {
      Socket socket;
      try {
        socket = server.accept();
      } catch (IOException closed) {
        return;
      }
      try {
        socket.setTcpNoDelay(true);
        socket.setSoTimeout((int) READ_TIMEOUT.toMillis());
        Conversation conversation = new Conversation(socket);
        conversations.add(conversation);
        signal();
        Thread.ofVirtual().name("recording-connection").start(() -> converse(conversation));
      } catch (IOException failure) {
        failures.add(failure);
      }
    }
  }

  private void converse(Conversation conversation) {
    try (Socket socket = conversation.socket) {
      script.run(conversation);
    } catch (Exception | AssertionError failure) {
      if (!server.isClosed()) failures.add(failure);
    } finally {
      conversation.over = true;
      signal();
    }
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void awaitThat(java.util.function.BooleanSupplier condition, String what) {
    Deadline deadline = Deadline.in(Clock.system(), Duration.ofSeconds(10));
    lock.lock();
    try {
      while (!condition.getAsBoolean()) {
        long left = deadline.remaining().toNanos();
        if (left <= 0) {
          throw new AssertionError("no " + what + " within 10 s; script failures: " + failures);
        }
        changed.awaitNanos(Math.min(left, TimeUnit.MILLISECONDS.toNanos(200)));
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new AssertionError("interrupted while waiting for " + what, interrupted);
    } finally {
      lock.unlock();
    }
  }

  /** One accepted connection. Its methods belong to the script, its records to everyone. */
  public final class Conversation {
    private final Socket socket;
    private final ByteArrayOutputStream received = new ByteArrayOutputStream();
    private final InputStream in;
    private final List<StrictHttpParser.Request> requests = new CopyOnWriteArrayList<>();
    private volatile boolean over;
    private volatile RawClient.@Nullable End end;

    private Conversation(Socket socket) throws IOException {
      this.socket = socket;
      this.in =
          new FilterInputStream(socket.getInputStream()) {
            @Override
            public int read() throws IOException {
              byte[] one = new byte[1];
              return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
            }

            @Override
            public int read(byte[] into, int offset, int length) throws IOException {
              int count;
              try {
                count = super.read(into, offset, length);
              } catch (java.net.SocketException failure) {
                ended(RawClient.End.RESET);
                throw failure;
              }
              if (count < 0) ended(RawClient.End.EOF);
              if (count > 0) {
                synchronized (received) {
                  received.write(into, offset, count);
                }
                signal();
              }
              return count;
            }
          };
    }

    /** Every byte received until now. */
    public byte[] received() {
      synchronized (received) {
        return received.toByteArray();
      }
    }

    /** Every byte received until now, as ISO 8859-1 text. */
    public String receivedText() {
      return new String(received(), ISO_8859_1);
    }

    /** Requests this connection read with {@link #readRequest}. */
    public List<StrictHttpParser.Request> requests() {
      return List.copyOf(requests);
    }

    public InetSocketAddress peer() {
      return (InetSocketAddress) socket.getRemoteSocketAddress();
    }

    /** Recorded stream of what the peer sends. */
    public InputStream input() {
      return in;
    }

    /** The next request, parsed strictly; empty when the peer closed between requests. */
    public Optional<StrictHttpParser.Request> readRequest() throws IOException {
      Optional<StrictHttpParser.Request> request = StrictHttpParser.request(in);
      request.ifPresent(requests::add);
      signal();
      return request;
    }

    /** Text up to and including {@code marker}. */
    public String readUntil(String marker) throws IOException {
      StringBuilder text = new StringBuilder();
      while (text.length() < marker.length()
          || text.indexOf(marker, text.length() - marker.length()) < 0) {
        int c = in.read();
        if (c < 0) throw new EOFException("no \"" + marker + "\" in: " + text);
        text.append((char) c);
      }
      return text.toString();
    }

    public byte[] readExactly(int count) throws IOException {
      byte[] bytes = in.readNBytes(count);
      if (bytes.length < count) throw new EOFException("got " + bytes.length + " of " + count);
      return bytes;
    }

    /** Everything until the peer sends FIN. */
    public byte[] readAll() throws IOException {
      return in.readAllBytes();
    }

    /** Sends text, each char one byte. */
    public void send(String text) throws IOException {
      send(text.getBytes(ISO_8859_1));
    }

    public void send(byte[] bytes) throws IOException {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
    }

    /** Sends FIN; reading goes on. */
    public void halfClose() throws IOException {
      socket.shutdownOutput();
    }

    /** Closes with RST. */
    public void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    public void close() throws IOException {
      socket.close();
    }

    /** Waits until that text has been received. For tests, not for the script. */
    public Conversation awaitReceived(String text) {
      awaitThat(() -> receivedText().contains(text), "\"" + text + "\"");
      return this;
    }

    /** Waits until at least that many bytes have been received. */
    public Conversation awaitReceived(int count) {
      awaitThat(() -> received().length >= count, count + " bytes");
      return this;
    }

    /** Waits until the script ended. */
    public Conversation awaitOver() {
      awaitThat(() -> over, "end of the script");
      return this;
    }

    /** How the peer ended its side, once the script read that far. */
    public Optional<RawClient.End> end() {
      return Optional.ofNullable(end);
    }

    private void ended(RawClient.End how) {
      end = how;
      signal();
    }
  }
}
