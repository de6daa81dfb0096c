package io.fairlead.tunnel.server.netty;

import io.fairlead.core.dial.DialException;
import io.fairlead.core.random.Randomness;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.splice.Splice;
import io.fairlead.net.splice.SpliceSettings;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** A port that leads to a service. Shared by all event loops. */
final class PortFace implements Face {
  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final long LOOK_MILLIS = 50;
  private static final int LOOKS_MAX = 300;

  private final ServiceGroup group;
  private final TunnelDialer dialer;
  private final TunnelJournal journal;
  private final Randomness randomness;

  PortFace(ServiceGroup group, TunnelDialer dialer, TunnelJournal journal, Randomness randomness) {
    this.group = group;
    this.dialer = dialer;
    this.journal = journal;
    this.randomness = randomness;
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    connection.kind("tunnel");
    join(channel, connection, group, Unpooled.EMPTY_BUFFER);
  }

  /**
   * Leads a connection to one of the group.
   *
   * @param early what it said already; takes ownership
   */
  void join(Channel channel, LiveConnection connection, ServiceGroup to, ByteBuf early) {
    join(channel, connection, to, early, LOOKS_MAX);
  }

  private void join(
      Channel channel, LiveConnection connection, ServiceGroup to, ByteBuf early, int looks) {
    Optional<Member> picked = to.pick(randomness.generator());
    if (picked.isPresent()) {
      join(channel, connection, picked.get(), early);
    } else if (to.awaited() && looks > 0 && channel.isActive()) {
      var _ =
          channel
              .eventLoop()
              .schedule(
                  () -> join(channel, connection, to, early, looks - 1),
                  LOOK_MILLIS,
                  TimeUnit.MILLISECONDS);
    } else {
      early.release();
      journal.refused(connection, "", journal.clock().nanos(), "tunnel_unavailable");
      reset(channel);
    }
  }

  void join(Channel channel, LiveConnection connection, Member member, ByteBuf early) {
    connection.destination(member.toString());
    connection.bindDestination(member.agent().principal().entry());
    long openedAtNanos = journal.clock().nanos();
    Patience patience = new Patience();
    channel.pipeline().addLast("patience", patience);
    CompletableFuture<Channel> dial =
        dialer.connectAtOnce(member, channel.eventLoop(), asker(connection), CONNECT);
    channel.closeFuture().addListener(_ -> dial.cancel(false));
    var _ =
        dial.whenComplete(
            (stream, failure) -> {
              if (stream == null || !channel.isActive()) {
                early.release();
                if (stream != null) stream.close();
                if (failure != null) {
                  journal.refused(connection, member.toString(), openedAtNanos, word(failure));
                  reset(channel);
                }
                return;
              }
              channel.pipeline().remove(patience);
              var _ =
                  Splice.join(
                      channel,
                      stream,
                      early,
                      Unpooled.EMPTY_BUFFER,
                      SpliceSettings.DEFAULTS,
                      (received, sent, reason) ->
                          journal.closed(
                              connection,
                              member.toString(),
                              openedAtNanos,
                              received,
                              sent,
                              reason));
            });
  }

  private static String word(Throwable failure) {
    return switch (failure) {
      case DialException dial -> dial.code();
      case CancellationException _ -> "client_gone";
      default -> "internal";
    };
  }

  /** For the agent: who comes, and where he meant to go. */
  static TunnelDialer.Asker asker(LiveConnection connection) {
    return new TunnelDialer.Asker(
        text(connection.remote()), text(connection.wanted()), connection.id(), Optional.empty());
  }

  static String text(SocketAddress address) {
    if (!(address instanceof InetSocketAddress inet) || inet.getAddress() == null) return "unknown";
    String host = inet.getAddress().getHostAddress();
    int zone = host.indexOf('%');
    if (zone >= 0) host = host.substring(0, zone);
    return (host.indexOf(':') >= 0 ? "[" + host + "]" : host) + ":" + inet.getPort();
  }

  /** Nobody is there: as a closed port would say it. */
  static void reset(Channel channel) {
    if (!channel.isOpen()) return;
    try {
      channel.config().setOption(ChannelOption.SO_LINGER, 0);
    } catch (io.netty.channel.ChannelException _) {
      // already closed
    }
    var _ = channel.close();
  }

  /** Holds a connection while the agent is asked. */
  static final class Patience extends ChannelInboundHandlerAdapter {
    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      var _ = ctx.close();
    }
  }
}
