package io.fairlead.pubsub;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.net.http.WebSocketKey;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardProtocolFamily;
import java.net.StandardSocketOptions;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;

/**
 * A node that does what a test tells it, over WebSocket or a Unix socket, one virtual thread per
 * connection. Unless told otherwise it says it is chain 31337, answers subscribing requests with
 * ids that count up, and every other request with the name of its method.
 */
public final class FakeNode implements AutoCloseable {
  public static final String GENESIS = "0x" + "0".repeat(63) + "1";

  /** What the node does with a request; false leaves it to the default. */
  @FunctionalInterface
  public interface Behaviour {
    boolean handle(Line line, Ask ask) throws Exception;
  }

  /** One request. */
  public record Ask(int connection, JsonNode id, String method, JsonNode params) {
    public String param(int index) {
      return params.path(index).asString(params.path(index).toString());
    }
  }

  private final ServerSocketChannel server;
  private final boolean webSocket;
  private final Path path;
  private final List<Line> lines = new CopyOnWriteArrayList<>();
  private final List<Ask> asks = new CopyOnWriteArrayList<>();
  private final AtomicInteger connections = new AtomicInteger();
  private final AtomicLong nextSubscription = new AtomicLong(0xa0);
  private volatile Behaviour behaviour = (_, _) -> false;
  private volatile String upgrade = "";
  private volatile String extensions = "";
  private volatile boolean pongs = true;
  private volatile boolean mute;

  private FakeNode(ServerSocketChannel server, boolean webSocket, Path path) {
    this.server = server;
    this.webSocket = webSocket;
    this.path = path;
    Thread.ofVirtual().name("fake-node").start(this::accept);
  }

  public static FakeNode ws() throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open();
    server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return new FakeNode(server, true, Path.of(""));
  }

  public static FakeNode unix(Path path) throws IOException {
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    return new FakeNode(server, false, path);
  }

  public int port() throws IOException {
    return ((InetSocketAddress) server.getLocalAddress()).getPort();
  }

  public Connector connector() throws IOException {
    return webSocket ? WsConnector.of("ws://127.0.0.1:" + port()) : IpcConnector.of(path);
  }

  public FakeNode on(Behaviour next) {
    behaviour = next;
    return this;
  }

  /** Answers upgrades with this instead. */
  public FakeNode upgrade(String answer) {
    upgrade = answer;
    return this;
  }

  /** Agrees to these extensions of WebSocket. */
  public FakeNode extensions(String agreed) {
    extensions = agreed;
    return this;
  }

  public FakeNode pongs(boolean next) {
    pongs = next;
    return this;
  }

  /** Reads on, but says nothing any more. */
  public FakeNode mute(boolean next) {
    mute = next;
    return this;
  }

  /** Requests so far, those about the chain's identity left out. */
  public List<Ask> asks() {
    return asks.stream().filter(each -> !identity(each)).toList();
  }

  public List<Ask> asks(String method) {
    return asks.stream().filter(each -> each.method().equals(method)).toList();
  }

  private static boolean identity(Ask ask) {
    return ask.method().equals("eth_chainId")
        || ask.method().equals("eth_getBlockByNumber") && ask.param(0).equals("0x0");
  }

  public int connections() {
    return connections.get();
  }

  /** Connections that are open now. */
  public long open() {
    return lines.stream().filter(each -> each.channel.isOpen()).count();
  }

  /** Keeps nothing of what is over: connections that ended, and requests. */
  public void forget() {
    lines.removeIf(each -> !each.channel.isOpen());
    asks.clear();
  }

  /** The present connection. */
  public Line line() {
    return lines.getLast();
  }

  private void accept() {
    while (server.isOpen()) {
      try {
        SocketChannel channel = server.accept();
        Line line = new Line(channel, connections.incrementAndGet());
        Thread.ofVirtual().start(line::serve);
      } catch (IOException _) {
        return;
      }
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    for (Line each : lines) each.drop();
    if (!webSocket) Files.deleteIfExists(path);
  }

  /** One connection. */
  public final class Line {
    private final SocketChannel channel;
    public final int number;
    private final InputStream in;
    private final OutputStream out;
    private final ReentrantLock lock = new ReentrantLock();
    public final List<Integer> closeCodes = new CopyOnWriteArrayList<>();
    public final AtomicInteger pings = new AtomicInteger();
    public volatile String head = "";

    Line(SocketChannel channel, int number) {
      this.channel = channel;
      this.number = number;
      this.in = new BufferedInputStream(Channels.newInputStream(channel));
      this.out = Channels.newOutputStream(channel);
    }

    void serve() {
      try {
        if (webSocket && !handshake()) return;
        lines.add(this);
        if (webSocket) frames();
        else stream();
      } catch (Exception _) {
        drop();
      } catch (AssertionError wrong) {
        drop();
        throw wrong;
      }
    }

    private boolean handshake() throws IOException {
      ByteArrayOutputStream read = new ByteArrayOutputStream();
      while (!read.toString(ISO_8859_1).endsWith("\r\n\r\n")) {
        int octet = in.read();
        if (octet < 0) throw new IOException("end");
        read.write(octet);
      }
      head = read.toString(ISO_8859_1);
      if (!upgrade.isEmpty()) {
        raw(upgrade.getBytes(ISO_8859_1));
        if (!upgrade.startsWith("HTTP/1.1 101")) {
          drop();
          return false;
        }
        return true;
      }
      String key =
          head.lines()
              .filter(line -> line.toLowerCase().startsWith("sec-websocket-key:"))
              .findFirst()
              .orElseThrow()
              .split(":", 2)[1]
              .trim();
      raw(
          ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  + "Sec-WebSocket-Accept: "
                  + WebSocketKey.accept(key)
                  + (extensions.isEmpty() ? "" : "\r\nSec-WebSocket-Extensions: " + extensions)
                  + "\r\n\r\n")
              .getBytes(ISO_8859_1));
      return true;
    }

    private void frames() throws Exception {
      DataInputStream data = new DataInputStream(in);
      while (true) {
        int first = data.readUnsignedByte();
        int second = data.readUnsignedByte();
        if ((second & 0x80) == 0) throw new IOException("an unmasked frame");
        long length = second & 0x7f;
        if (length == 126) length = data.readUnsignedShort();
        else if (length == 127) length = data.readLong();
        byte[] mask = data.readNBytes(4);
        byte[] payload = data.readNBytes((int) length);
        for (int i = 0; i < payload.length; i++) payload[i] ^= mask[i & 3];
        switch (first & 0x0f) {
          case 1 -> message(new String(payload, UTF_8));
          case 8 -> {
            closeCodes.add((payload[0] & 0xff) << 8 | payload[1] & 0xff);
            if (!mute) raw(frame(8, payload));
            drop();
            return;
          }
          case 9 -> {
            pings.incrementAndGet();
            if (pongs && !mute) raw(frame(10, payload));
          }
          default -> {}
        }
      }
    }

    private void stream() throws Exception {
      StringBuilder text = new StringBuilder();
      while (true) {
        int octet = in.read();
        if (octet < 0) throw new IOException("end");
        if (octet == '\n') {
          message(text.toString());
          text.setLength(0);
        } else {
          text.append((char) octet);
        }
      }
    }

    private void message(String text) throws Exception {
      JsonNode node = Json.tree(JsonSlice.of(text));
      List<JsonNode> all = new ArrayList<>();
      if (node.isArray()) node.forEach(all::add);
      else all.add(node);
      for (JsonNode each : all) {
        Ask ask =
            new Ask(number, each.path("id"), each.path("method").asString(""), each.path("params"));
        asks.add(ask);
        if (!behaviour.handle(this, ask)) standard(ask);
      }
    }

    /** The default answer. */
    public void standard(Ask ask) throws IOException {
      switch (ask.method()) {
        case "eth_chainId" -> result(ask, "\"0x7a69\"");
        case "eth_subscribe" ->
            result(ask, "\"0x" + Long.toHexString(nextSubscription.incrementAndGet()) + "\"");
        case "eth_unsubscribe" -> result(ask, "true");
        case "eth_syncing" -> result(ask, "false");
        case "eth_getBlockByNumber" -> {
          if (ask.param(0).equals("0x0")) result(ask, block(0, GENESIS, GENESIS));
          else result(ask, "null");
        }
        default -> result(ask, "\"" + ask.method() + "\"");
      }
    }

    public void result(Ask ask, String json) throws IOException {
      text("{\"jsonrpc\":\"2.0\",\"id\":" + ask.id() + ",\"result\":" + json + "}");
    }

    public void error(Ask ask, long code, String message) throws IOException {
      text(
          "{\"jsonrpc\":\"2.0\",\"id\":"
              + ask.id()
              + ",\"error\":{\"code\":"
              + code
              + ",\"message\":"
              + Json.write(message)
              + "}}");
    }

    /** A notification for a subscription, whose id is a JSON token. */
    public void notify(String token, String item) throws IOException {
      text(
          "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":"
              + token
              + ",\"result\":"
              + item
              + "}}");
    }

    public void text(String message) throws IOException {
      if (mute) return;
      raw(webSocket ? frame(1, message.getBytes(UTF_8)) : message.getBytes(UTF_8));
    }

    public void binary(byte[] payload) throws IOException {
      raw(frame(2, payload));
    }

    public void raw(byte[] bytes) throws IOException {
      lock.lock();
      try {
        out.write(bytes);
        out.flush();
      } finally {
        lock.unlock();
      }
    }

    /** A close frame. */
    public void closing(int code) throws IOException {
      raw(frame(8, new byte[] {(byte) (code >> 8), (byte) code}));
    }

    /** Ends the connection with FIN. */
    public void drop() {
      try {
        channel.close();
      } catch (IOException _) {
        return; // gone already
      }
    }

    /** Ends the connection with RST. */
    public void reset() throws IOException {
      channel.setOption(StandardSocketOptions.SO_LINGER, 0);
      channel.close();
    }
  }

  /** A frame as servers send them. */
  public static byte[] frame(int opcode, byte[] payload) {
    return frame(opcode, true, payload);
  }

  public static byte[] frame(int opcode, boolean last, byte[] payload) {
    ByteArrayOutputStream frame = new ByteArrayOutputStream();
    frame.write(last ? 0x80 | opcode : opcode);
    int length = payload.length;
    if (length < 126) {
      frame.write(length);
    } else if (length < 65_536) {
      frame.write(126);
      frame.write(length >> 8);
      frame.write(length);
    } else {
      frame.write(127);
      for (int shift = 56; shift >= 0; shift -= 8) frame.write((int) ((long) length >> shift));
    }
    frame.writeBytes(payload);
    return frame.toByteArray();
  }

  /** A header. */
  public static String block(long number, String hash, String parent) {
    return Json.write(
            Map.of(
                "number",
                "0x" + Long.toHexString(number),
                "hash",
                hash,
                "parentHash",
                parent,
                "timestamp",
                "0x" + Long.toHexString(1000 + number)))
        .toString();
  }

  /** A hash that is one number. */
  public static String hash(long number) {
    return String.format("0x%064x", number);
  }
}
