package io.fairlead.proxy.stream.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.live.Severable;
import io.fairlead.net.proxyprotocol.Announcement;
import io.fairlead.net.proxyprotocol.SendHeader;
import io.fairlead.net.upstream.Seat;
import io.fairlead.proxy.stream.DatagramMeters.Drop;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.proxy.stream.StreamRules.Way;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The datagrams of one client and the answers to them. Confined to the table's event loop but for
 * {@link #cut}.
 *
 * <pre>
 * dialling --connected-->            open   (what waited goes out)
 * dialling --no address-->           over
 * open     --silent, enough answers, refused, forbidden--> over
 * </pre>
 */
final class Session extends ChannelInboundHandlerAdapter implements Severable {
  private final SessionTable table;
  private final StreamConfig config;
  private final InetSocketAddress client;
  private final Way.To way;
  private final ArrayDeque<ByteBuf> waiting = new ArrayDeque<>(2);
  private final long openedAtNanos;
  private long activeAtNanos;
  private long receivedBytes;
  private long sentBytes;
  private int answers;
  private boolean draining;
  private boolean over;
  private boolean flushing;
  private @Nullable Seat seat;
  private @Nullable Channel server;

  Session(SessionTable table, StreamConfig config, InetSocketAddress client, Way.To way) {
    this.table = table;
    this.config = config;
    this.client = client;
    this.way = way;
    this.openedAtNanos = table.exit().journal().clock().nanos();
    this.activeAtNanos = openedAtNanos;
  }

  InetSocketAddress client() {
    return client;
  }

  Way.To way() {
    return way;
  }

  Destination destination() {
    Seat taken = seat;
    if (taken == null) throw new IllegalStateException("session: no seat");
    return taken.destination();
  }

  /**
   * @param taken its destination has a host and a port
   */
  void begin(Seat taken) {
    seat = taken;
    table.meters().opened();
    table
        .exit()
        .datagrams(table.socket().eventLoop(), (Destination.HostPort) taken.destination(), this)
        .whenComplete(
            (channel, failure) -> {
              if (table.socket().eventLoop().inEventLoop()) {
                dialled(channel);
              } else {
                table.socket().eventLoop().execute(() -> dialled(channel));
              }
            });
  }

  private void dialled(@Nullable Channel channel) {
    if (channel == null) {
      if (over) return;
      table.meters().dropped(Drop.UNREACHABLE);
      end("unreachable", false);
      return;
    }
    if (over) {
      channel.close();
      return;
    }
    server = channel;
    ByteBuf next = waiting.poll();
    while (next != null) {
      write(channel, next);
      next = waiting.poll();
    }
    channel.flush();
  }

  /** Takes ownership. */
  void fromClient(ByteBuf datagram) {
    if (datagram.readableBytes() > config.datagrams().sizeMax()) {
      datagram.release();
      table.meters().dropped(Drop.TOO_LONG);
      return;
    }
    activeAtNanos = table.exit().journal().clock().nanos();
    Channel channel = server;
    if (channel == null) {
      if (config.limits().queue().admits(waiting.size() + 1L)) {
        // A read buffer has room for the longest datagram; what waits should not.
        waiting.add(datagram.alloc().buffer(datagram.readableBytes()).writeBytes(datagram));
      } else {
        table.meters().dropped(Drop.QUEUE_FULL);
      }
      datagram.release();
    } else if (!channel.isWritable()) {
      datagram.release();
      table.meters().dropped(Drop.SEND_BUFFER_FULL);
    } else {
      write(channel, datagram);
      flushSoon(channel);
    }
  }

  // Datagrams come in bursts, of many sessions in turn: one flush behind the burst.
  private void flushSoon(Channel channel) {
    if (flushing) return;
    flushing = true;
    channel
        .eventLoop()
        .execute(
            () -> {
              flushing = false;
              channel.flush();
            });
  }

  private void write(Channel channel, ByteBuf datagram) {
    receivedBytes += datagram.readableBytes();
    table.meters().received();
    Optional<SendHeader> send = config.sendHeader();
    ByteBuf out = datagram;
    if (send.isPresent()) {
      InetSocketAddress wanted = (InetSocketAddress) table.socket().localAddress();
      ByteBuf header = Announcement.ofDatagrams(send.get(), client, wanted, channel.alloc());
      out = channel.alloc().compositeBuffer(2).addComponents(true, header, datagram);
    }
    channel.write(out, channel.voidPromise());
  }

  // ---- from the server ---------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (over || !(message instanceof DatagramPacket packet)) {
      ReferenceCountUtil.release(message);
      return;
    }
    ByteBuf answer = packet.content();
    Channel socket = table.socket();
    if (answer.readableBytes() > config.datagrams().sizeMax()) {
      answer.release();
      table.meters().dropped(Drop.TOO_LONG);
      return;
    }
    if (!socket.isWritable()) {
      answer.release();
      table.meters().dropped(Drop.SEND_BUFFER_FULL);
      return;
    }
    activeAtNanos = table.exit().journal().clock().nanos();
    table.touched(this);
    sentBytes += answer.readableBytes();
    table.meters().sent();
    socket.write(new DatagramPacket(answer, client), socket.voidPromise());
    answers++;
    if (config.datagrams().responses().filter(most -> answers >= most).isPresent()) {
      socket.flush();
      end("answered", true);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    table.socket().flush();
  }

  /** The kernel says by it that nobody listens there (ICMP port unreachable). */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (over) return;
    table.meters().dropped(Drop.UNREACHABLE);
    end("unreachable", false);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("closed", true);
  }

  // ---- the end -----------------------------------------------------------------------------

  boolean silentFor(Duration idle, long nowNanos) {
    return nowNanos - activeAtNanos >= idle.toNanos();
  }

  /** Goes on for a time at most. */
  void drain(Duration after) {
    if (draining) return;
    draining = true;
    var _ = // does nothing when it ended before
        table
            .socket()
            .eventLoop()
            .schedule(() -> end("drain_deadline", true), after.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void cut(String reason) {
    table.socket().eventLoop().execute(() -> end(reason, true));
  }

  void end(String reason, boolean served) {
    if (over) return;
    over = true;
    table.remove(this);
    waiting.forEach(ByteBuf::release);
    waiting.clear();
    Channel channel = server;
    if (channel != null) {
      channel.flush();
      channel.close();
    }
    Seat taken = seat;
    if (taken == null) return;
    taken.leave(served);
    table.meters().closed();
    table
        .exit()
        .journal()
        .sessionClosed(
            table.live().id(),
            client.getAddress().getHostAddress(),
            taken.destination(),
            receivedBytes,
            sentBytes,
            openedAtNanos,
            reason);
  }
}
