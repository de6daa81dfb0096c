package io.fairlead.mqtt.delivery;

import io.fairlead.core.access.Principal;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.DecodeLimits;
import io.fairlead.mqtt.codec.FrameReader;
import io.fairlead.mqtt.codec.MqttCodecException;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PacketEncoder;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Connection;
import io.fairlead.mqtt.session.ConnectionOutput;
import io.fairlead.mqtt.session.Session;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.buffer.UnpooledByteBufAllocator;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A client inside this process: packets instead of a socket, of version 5, with every right or
 * those of somebody it acts for. All a client can ask for works, and its session is kept like any
 * other.
 *
 * <p>What a turn appended is handed over at its end, so a peer is never called from within its own
 * call. On the shard's thread.
 */
public final class LocalLine implements ConnectionOutput {
  /** Client ids that only the inside may have. */
  public static final String ID_PREFIX = "$fairlead/";

  private static final int WAITING_BYTES_MAX = 64 * 1024;
  private static final DecodeLimits LIMITS =
      new DecodeLimits(
          64 * 1024, Integer.MAX_VALUE, 65_535, 65_535, Integer.MAX_VALUE, Integer.MAX_VALUE);

  /** Who is at the other end. On the shard's thread. */
  public interface Peer {
    /** A packet for it; the first is CONNACK. */
    void packet(Packet packet);

    /** Whether it takes messages now; {@link #writable} tells when that changed. */
    boolean ready();

    /** Nothing comes any more: it left, or was made to. */
    void closed();
  }

  private final Shard shard;
  private final Peer peer;
  private final FrameReader reader =
      FrameReader.ofServer(UnpooledByteBufAllocator.DEFAULT, LIMITS, MqttVersion.V5);
  private final Runnable atTurnEnd = this::handOver;
  private final Connection connection;
  private @Nullable Session session;
  private @Nullable ByteBuf waiting;
  private boolean dirty;
  private boolean leaving;
  private boolean closing;
  private boolean told;

  private LocalLine(
      Shard shard,
      MqttClient client,
      Packet.Connect connect,
      Peer peer,
      @Nullable MqttClient actsFor) {
    this.shard = shard;
    this.peer = peer;
    this.connection =
        actsFor == null
            ? Connection.within(client, connect, this)
            : Connection.within(client, connect, this, actsFor);
  }

  /**
   * A client of this process.
   *
   * @param what part of the process, in a word
   */
  public static MqttClient client(String id, String principal, String what) {
    return new MqttClient(
        id, Principal.of(principal), Set.of(), InetSocketAddress.createUnresolved(what, 0));
  }

  /** Begins; the answer is the peer's first packet, and then {@link #session} is there. */
  public static LocalLine open(Shard shard, MqttClient client, Packet.Connect connect, Peer peer) {
    return open(shard, new LocalLine(shard, client, connect, peer, null));
  }

  /**
   * The same.
   *
   * @param actsFor whose rights it has; empty: every right
   */
  public static LocalLine open(
      Shard shard,
      MqttClient client,
      Packet.Connect connect,
      Peer peer,
      Optional<MqttClient> actsFor) {
    return open(shard, new LocalLine(shard, client, connect, peer, actsFor.orElse(null)));
  }

  private static LocalLine open(Shard shard, LocalLine line) {
    shard.arrive(
        new Arrivals.Arrival(
            line.connection, Properties.EMPTY, () -> ReasonCode.SUCCESS, line::attached));
    return line;
  }

  private void attached(Session next) {
    session = next;
    if (leaving) leave();
  }

  /** The session, once it was let in. */
  public Optional<Session> session() {
    return Optional.ofNullable(session);
  }

  /** A packet of the peer. Before it was let in, and after the end, it is lost. */
  public void accept(Packet packet) {
    Session mine = session;
    if (mine != null && !leaving && !closing) mine.accept(packet);
  }

  /** The peer takes messages again. */
  public void onWritable() {
    Session mine = session;
    if (mine != null && !closing) mine.onWritable();
  }

  /** The peer says good-bye: its session waits for it, or ends, as agreed. */
  public void leave() {
    Session mine = session;
    leaving = true;
    if (mine == null) return; // it is on its way in
    shard.goodbye(mine, connection, new Packet.Disconnect(ReasonCode.SUCCESS, Properties.EMPTY));
  }

  @Override
  public void send(Packet packet) {
    if (!closing) PacketEncoder.encode(buffer(64), packet, MqttVersion.V5);
  }

  @Override
  public ByteBuf buffer(int bytes) {
    ByteBuf now = waiting;
    if (now == null) {
      now = Unpooled.buffer(Math.max(256, bytes));
      waiting = now;
    }
    touch();
    return now;
  }

  @Override
  public void append(byte[] bytes) {
    buffer(bytes.length).writeBytes(bytes);
  }

  @Override
  public boolean writable() {
    ByteBuf now = waiting;
    boolean room = now == null || now.readableBytes() < WAITING_BYTES_MAX;
    return room && !closing && peer.ready();
  }

  @Override
  public void close(Optional<Packet> lastWord) {
    if (closing) return;
    lastWord.ifPresent(this::send);
    closing = true;
    touch();
  }

  private void touch() {
    if (dirty) return;
    dirty = true;
    shard.atTurnEnd(atTurnEnd);
  }

  private void handOver() {
    dirty = false;
    ByteBuf now = waiting;
    waiting = null;
    if (now != null) {
      boolean full = now.readableBytes() >= WAITING_BYTES_MAX;
      try {
        reader.read(now, peer::packet);
      } catch (MqttCodecException ours) {
        throw new IllegalStateException("a packet of our own cannot be read", ours);
      }
      if (full) onWritable();
    }
    if (!closing || told) return;
    told = true;
    reader.close();
    peer.closed();
  }
}
