package io.fairlead.tunnel.server.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.listen.DatagramFace;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.DatagramCapsules;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/**
 * A UDP port that leads to a service. Each client has a stream of its own, as long as datagrams
 * pass; the client idle longest makes room for another. Everything of one port happens on its
 * channel's event loop.
 */
final class PortDatagrams implements DatagramFace {
  /** Bytes of one client that wait for the tunnel; the oldest datagram is dropped first. */
  static final int WAITING_MAX = 512 * 1024;

  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final long IDLE_NANOS = Duration.ofSeconds(60).toNanos();
  private static final long TICK_MILLIS = 1_000;

  private final ServiceGroup group;
  private final TunnelDialer dialer;
  private final TunnelJournal journal;
  private final Randomness randomness;
  private final ServerMeters meters;
  private final IntSupplier sessionsMax;
  private final Map<InetSocketAddress, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable Future<?> tick;

  PortDatagrams(
      ServiceGroup group,
      TunnelDialer dialer,
      TunnelJournal journal,
      Randomness randomness,
      ServerMeters meters,
      IntSupplier sessionsMax) {
    this.group = group;
    this.dialer = dialer;
    this.journal = journal;
    this.randomness = randomness;
    this.meters = meters;
    this.sessionsMax = sessionsMax;
  }

  @Override
  public void receive(Channel channel, DatagramPacket packet) {
    Session session = sessions.get(packet.sender());
    if (session == null) {
      Optional<Member> member = group.pick(randomness.generator());
      if (member.isEmpty()) {
        packet.release();
        meters.datagramDropped();
        return;
      }
      if (sessions.size() >= sessionsMax.getAsInt()) {
        meters.met(ServerMeters.Limited.UDP_SESSIONS);
        sessions.values().iterator().next().end();
      }
      session = new Session(channel, packet.sender(), member.get());
      sessions.put(packet.sender(), session);
      session.begin(packet);
      if (tick == null) {
        tick =
            channel
                .eventLoop()
                .scheduleAtFixedRate(this::look, TICK_MILLIS, TICK_MILLIS, TimeUnit.MILLISECONDS);
        channel.closeFuture().addListener(_ -> endAll());
      }
    }
    session.take(packet);
  }

  private void look() {
    long now = journal.clock().nanos();
    for (Session session : java.util.List.copyOf(sessions.values())) {
      if (now - session.lastNanos >= IDLE_NANOS) session.end();
    }
  }

  private void endAll() {
    if (tick != null) tick.cancel(false);
    java.util.List.copyOf(sessions.values()).forEach(Session::end);
  }

  /** One client. Confined to the port's event loop. */
  private final class Session extends ChannelInboundHandlerAdapter {
    private final Channel port;
    private final InetSocketAddress client;
    private final Member member;
    private final DatagramCapsules capsules = new DatagramCapsules();
    private final WaitingDatagrams waiting = new WaitingDatagrams(WAITING_MAX, meters);
    private boolean over;
    private long lastNanos;

    Session(Channel port, InetSocketAddress client, Member member) {
      this.port = port;
      this.client = client;
      this.member = member;
      this.lastNanos = journal.clock().nanos();
    }

    void begin(DatagramPacket first) {
      String wanted = PortFace.text(port.localAddress());
      var _ =
          dialer
              .datagrams(
                  member,
                  port.eventLoop(),
                  new TunnelDialer.Asker(
                      PortFace.text(first.sender()), wanted, 0, Optional.empty()),
                  CONNECT)
              .whenComplete(
                  (opened, _) -> {
                    if (opened == null) {
                      end();
                    } else if (over) {
                      opened.close();
                    } else {
                      opened.pipeline().addLast("datagrams", this);
                      opened.config().setAutoRead(true);
                      waiting.goTo(opened);
                    }
                  });
    }

    void take(DatagramPacket packet) {
      lastNanos = journal.clock().nanos();
      waiting.add(packet.content());
      packet.release();
    }

    void end() {
      if (over) return;
      over = true;
      sessions.remove(client, this);
      waiting.close();
      capsules.close();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      if (!(message instanceof ByteBuf bytes) || over) {
        ReferenceCountUtil.release(message);
        return;
      }
      lastNanos = journal.clock().nanos();
      try {
        capsules.read(
            bytes,
            ctx.alloc(),
            payload -> port.write(new DatagramPacket(payload, client), port.voidPromise()));
      } catch (BadControlException malformed) {
        end();
      }
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      port.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      waiting.pass();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == io.netty.channel.socket.ChannelInputShutdownEvent.INSTANCE) end();
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      end();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      end();
    }
  }
}
