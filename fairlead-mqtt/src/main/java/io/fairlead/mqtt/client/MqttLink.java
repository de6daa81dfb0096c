package io.fairlead.mqtt.client;

import io.fairlead.mqtt.codec.DecodeLimits;
import io.fairlead.mqtt.codec.FrameReader;
import io.fairlead.mqtt.codec.MqttCodecException;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.Properties;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;

/**
 * A connection to a broker. {@link #send} may be called by any thread, {@link #take} by one at a
 * time.
 */
public final class MqttLink implements AutoCloseable {
  private static final int CHUNK = 64 * 1024;
  private static final DecodeLimits LIMITS =
      new DecodeLimits(64 * 1024, 256 * 1024 * 1024, 65_535, 65_535, 10_000, 1024 * 1024);

  private final Socket socket;
  private final InputStream in;
  private final OutputStream out;
  private final MqttVersion version;
  private final FrameReader reader;
  private final Queue<Packet> received = new ArrayDeque<>();
  private final byte[] chunk = new byte[CHUNK];
  private int lastId; // guarded by this
  private volatile Properties agreed = Properties.EMPTY;

  private MqttLink(Socket socket, InputStream in, OutputStream out, MqttVersion version) {
    this.socket = socket;
    this.in = in;
    this.out = out;
    this.version = version;
    this.reader = FrameReader.ofServer(UnpooledByteBufAllocator.DEFAULT, LIMITS, version);
  }

  /**
   * Connects and sends CONNECT; the answer is the first packet to {@link #take}.
   *
   * @param tls with the certificates this machine trusts
   * @throws IOException nobody there, or not in time
   */
  public static MqttLink open(
      InetSocketAddress address, boolean tls, Packet.Connect connect, Duration timeout)
      throws IOException {
    Optional<LinkTls> terms = tls ? Optional.of(LinkTls.ofSystem()) : Optional.empty();
    return open(address, terms, Optional.empty(), connect, timeout);
  }

  /**
   * The same, over a web socket where there is a path.
   *
   * @param tls whom to believe; empty: no TLS
   * @param path of a web socket, beginning with a slash; empty: MQTT itself
   */
  public static MqttLink open(
      InetSocketAddress address,
      Optional<LinkTls> tls,
      Optional<String> path,
      Packet.Connect connect,
      Duration timeout)
      throws IOException {
    Socket socket = new Socket();
    try {
      int millis = Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE);
      socket.connect(address, millis);
      socket.setTcpNoDelay(true);
      socket.setSoTimeout(millis);
      Socket secured = socket;
      if (tls.isPresent()) secured = tls.get().secure(socket, address.getHostString());
      InputStream in = secured.getInputStream();
      OutputStream out = secured.getOutputStream();
      if (path.isPresent()) {
        WebSocketStreams web = WebSocketStreams.open(in, out, address, path.get());
        in = web.input();
        out = web.output();
      }
      MqttLink link = new MqttLink(secured, in, out, connect.version());
      link.send(connect);
      return link;
    } catch (IOException failure) {
      socket.close();
      throw failure;
    }
  }

  public MqttVersion version() {
    return version;
  }

  /** What the broker's CONNACK said of the connection, once that was taken. Any thread. */
  public Properties agreed() {
    return agreed;
  }

  /** A packet id; ids come round after 65 535 messages. */
  public synchronized int nextId() {
    lastId = lastId == 65_535 ? 1 : lastId + 1;
    return lastId;
  }

  public void send(Packet packet) throws IOException {
    send(List.of(packet));
  }

  /** Sends several in one write. */
  public void send(List<? extends Packet> packets) throws IOException {
    ByteBuf bytes = Unpooled.buffer();
    for (Packet packet : packets) PacketEncoder.encode(bytes, packet, version);
    synchronized (out) {
      out.write(bytes.array(), 0, bytes.readableBytes());
      out.flush();
    }
  }

  /**
   * The next packet.
   *
   * @return empty when none came in time
   * @throws EOFException the broker closed
   * @throws IOException the connection broke, or what came is not MQTT
   */
  public Optional<Packet> take(Duration timeout) throws IOException {
    Packet waiting = received.poll();
    if (waiting != null) return Optional.of(waiting);
    socket.setSoTimeout(Math.clamp(timeout.toMillis(), 1, Integer.MAX_VALUE));
    while (true) {
      int count;
      try {
        count = in.read(chunk);
      } catch (SocketTimeoutException _) {
        return Optional.empty();
      }
      if (count < 0) throw new EOFException("the broker closed the connection");
      try {
        reader.read(Unpooled.wrappedBuffer(chunk, 0, count), received::add);
      } catch (MqttCodecException bad) {
        throw new IOException("the broker does not speak MQTT: " + bad.getMessage(), bad);
      }
      Packet packet = received.poll();
      if (packet instanceof Packet.ConnAck ack) agreed = ack.properties();
      if (packet != null) return Optional.of(packet);
    }
  }

  /** Closes without a word. */
  @Override
  public void close() throws IOException {
    socket.close();
    reader.close();
  }
}
