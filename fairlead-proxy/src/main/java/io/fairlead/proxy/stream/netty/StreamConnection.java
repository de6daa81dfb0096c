package io.fairlead.proxy.stream.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.hello.ClientHello;
import io.fairlead.net.hello.ClientHelloReader;
import io.fairlead.net.live.HeldBytes;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.proxyprotocol.Announced;
import io.fairlead.net.tls.ServerTls;
import io.fairlead.net.upstream.Seat;
import io.fairlead.net.upstream.StreamAsk;
import io.fairlead.net.upstream.StreamOutcome;
import io.fairlead.proxy.stream.Bridge;
import io.fairlead.proxy.stream.LiveStreams;
import io.fairlead.proxy.stream.Stream;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.proxy.stream.StreamRules;
import io.fairlead.proxy.stream.StreamRules.Known;
import io.fairlead.proxy.stream.StreamRules.Way;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.handler.codec.ByteToMessageDecoder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client of a stream service until its server is connected. Confined to its event loop.
 *
 * <pre>
 * admitted --first bytes wanted--> peeking  (reads until they decide, or time is up)
 * admitted --TLS ends here-->      securing (its handshake tells the name)
 * any of these --way known-->      opening  (reads nothing more)
 * opening  --connected-->          joined   (a splice from here on)
 * any      --refused or gone-->    over
 * </pre>
 */
final class StreamConnection extends ChannelInboundHandlerAdapter implements HeldBytes {
  private static final Logger log = LoggerFactory.getLogger(StreamConnection.class);
  private static final int HELD_MAX = 64 * 1024;
  private static final byte UNRECOGNIZED_NAME = 112; // RFC 6066 §3
  private static final byte NO_APPLICATION_PROTOCOL = 120; // RFC 7301 §3.2
  private static final byte DECODE_ERROR = 50; // RFC 8446 §6.2

  private final LiveStreams live;
  private final StreamExit exit;
  private final Channel channel;
  private final LiveConnection connection;
  private final StreamRules rules;
  private final InetAddress client;
  private ByteBuf held = Unpooled.EMPTY_BUFFER;
  private @Nullable ClientHelloReader hello;
  private @Nullable Future<?> timer;
  private @Nullable Runnable cancelOpening;
  private boolean placeTaken;
  private boolean inputEnded;
  private boolean over;

  StreamConnection(LiveStreams live, StreamExit exit, Channel channel, LiveConnection connection) {
    this.live = live;
    this.exit = exit;
    this.channel = channel;
    this.connection = connection;
    this.rules = live.rules();
    this.client = clientOf(connection);
  }

  void begin() {
    if (!rules.admits(client)) {
      refuse("acl", "client not admitted");
      return;
    }
    placeTaken = live.enter(rules.config().limits().connections());
    if (!placeTaken) {
      exit.journal().full();
      end();
      return;
    }
    if (ServerTls.handshaking(channel)) {
      channel.read(); // the handlers of TLS ask for more by themselves once they were given some
    } else if (rules.peeks()) {
      hello = new ClientHelloReader(rules.config().hello().max().toInt());
      timer =
          channel
              .eventLoop()
              .schedule(
                  this::late, rules.config().hello().timeout().toNanos(), TimeUnit.NANOSECONDS);
      channel.read();
    } else {
      go(new Known.Nothing());
    }
  }

  @Override
  public long heldBytes() {
    return held.readableBytes();
  }

  // ---- first bytes -------------------------------------------------------------------------

  private void peek(boolean complete) {
    ClientHelloReader reader = hello;
    if (reader == null || over) return;
    switch (reader.read(held)) {
      case ClientHello.Incomplete _ -> {
        if (!complete) {
          channel.read();
        } else if (held.isReadable()) {
          exit.journal().helloBound();
          refuse("client_hello", "its first bytes never ended");
        } else {
          go(new Known.Nothing());
        }
      }
      case ClientHello.Named(Optional<String> name, List<String> protocols) ->
          go(new Known.Tls(name, protocols));
      case ClientHello.NotTls _ -> plain(complete);
      case ClientHello.Malformed(String reason) -> {
        exit.journal().helloBound();
        alert(DECODE_ERROR);
        refuse("client_hello", reason);
      }
    }
  }

  private void plain(boolean complete) {
    Known known = new Known.Plain(held);
    if (rules.way(client, known, complete) instanceof Way.Undecided) {
      channel.read();
    } else {
      go(known);
    }
  }

  /** Who says nothing may be waiting for the server to begin. */
  private void late() {
    peek(true);
  }

  // ---- the way -----------------------------------------------------------------------------

  private void go(Known known) {
    hello = null;
    cancelTimer();
    switch (rules.way(client, known, true)) {
      case Way.To to -> open(to, known);
      case Way.Refused(boolean protocol) -> {
        if (known instanceof Known.Tls && channel.pipeline().get(SslHandler.class) == null) {
          alert(protocol ? NO_APPLICATION_PROTOCOL : UNRECOGNIZED_NAME);
        }
        refuse(protocol ? "protocol" : "no_route", "no route fits");
      }
      case Way.Undecided _ -> throw new IllegalStateException("undecided though complete");
    }
  }

  private void open(Way.To to, Known known) {
    String upstream =
        switch (to.target()) {
          case StreamConfig.Target.Named(String id) -> id;
          case StreamConfig.Target.Fixed(Destination destination) -> destination.toString();
        };
    Optional<String> name =
        known instanceof Known.Tls(Optional<String> asked, _) ? asked : Optional.empty();
    connection.destination(upstream);
    List<String> protocols =
        known instanceof Known.Tls(_, List<String> offered) ? offered : List.of();
    Announced announced =
        new Announced(
            connection,
            name,
            protocols,
            Optional.ofNullable(channel.pipeline().get(SslHandler.class)));
    StreamAsk ask =
        new StreamAsk(
            upstream,
            client.getHostAddress(),
            name,
            connection,
            Optional.of(announced),
            rules.config().sendHeader());
    cancelOpening =
        exit.open(
            to.target(), rules.config(), ask, channel.eventLoop(), outcome -> told(to, outcome));
  }

  private void told(Way.To to, StreamOutcome outcome) {
    cancelOpening = null;
    switch (outcome) {
      case StreamOutcome.Failed(String reason, String text) -> refuse(reason, text);
      case StreamOutcome.Opened(Channel upstream, Seat seat) -> {
        if (over || !channel.isActive()) {
          upstream.close();
          seat.leave(true);
          end();
        } else if (rules.config().bridge().isPresent()) {
          bridge(rules.config().bridge().get(), to, upstream, seat);
        } else {
          join(to, upstream, seat);
        }
      }
    }
  }

  /** The server speaks WebSocket: one more handshake, then the same. */
  private void bridge(Bridge bridge, Way.To to, Channel upstream, Seat seat) {
    cancelOpening = upstream::close;
    WebSocketClient.open(
        upstream,
        bridge,
        seat.destination(),
        rules.config().connect(),
        agreed -> {
          cancelOpening = null;
          if (over || !agreed) {
            upstream.close();
            seat.leave(true);
            refuse("websocket_refused", "the server did not agree to a WebSocket");
          } else {
            join(to, upstream, seat);
          }
        });
  }

  private void join(Way.To to, Channel upstream, Seat seat) {
    Stream stream =
        new Stream(
            connection, channel, client, to, seat.destination(), exit.journal().clock().nanos());
    if (!live.add(stream)) {
      upstream.close();
      seat.leave(true);
      refuse("acl", "client not admitted any more");
      return;
    }
    over = true;
    placeTaken = false; // the joint's now
    ByteBuf early = held;
    held = Unpooled.EMPTY_BUFFER;
    if (!early.isReadable()) upstream.flush(); // a header may wait in it
    channel.pipeline().remove(this);
    Joint.join(live, exit, stream, rules.config(), upstream, seat, early);
  }

  // ---- the end -----------------------------------------------------------------------------

  private void alert(byte description) {
    // Record of an alert, version 3.3 as for every record after the first (RFC 8446 §5.1), fatal.
    var _ =
        channel.writeAndFlush(Unpooled.wrappedBuffer(new byte[] {21, 3, 3, 0, 2, 2, description}));
  }

  private void refuse(String reason, String text) {
    if (over) return;
    exit.journal().refused(reason);
    log.atDebug()
        .addKeyValue("service", live.id())
        .addKeyValue("reason", reason)
        .addKeyValue("text", text)
        .log("stream refused");
    end();
  }

  private void end() {
    if (over) return;
    over = true;
    cancelTimer();
    if (cancelOpening != null) cancelOpening.run();
    cancelOpening = null;
    held.release();
    held = Unpooled.EMPTY_BUFFER;
    if (placeTaken) live.leave();
    placeTaken = false;
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  private void cancelTimer() {
    if (timer != null) timer.cancel(false);
    timer = null;
  }

  // ---- the channel -------------------------------------------------------------------------

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    if (over || !(message instanceof ByteBuf bytes)) {
      ReferenceCountUtil.release(message);
      return;
    }
    if (held.readableBytes() + bytes.readableBytes() > 2 * HELD_MAX) {
      bytes.release();
      refuse("client_hello", "more bytes than were asked for");
    } else {
      held = ByteToMessageDecoder.MERGE_CUMULATOR.cumulate(channel.alloc(), held, bytes);
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    if (hello != null) peek(inputEnded);
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
      if (!over) go(ServerNames.of(channel));
    } else if (event == ChannelInputShutdownEvent.INSTANCE) {
      inputEnded = true; // the splice asks the channel itself
      peek(true);
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (!over) exit.journal().refused("client_gone");
    end();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (!over) exit.journal().refused("client_gone");
    end();
  }

  static InetAddress clientOf(LiveConnection connection) {
    return connection.remote() instanceof InetSocketAddress address && address.getAddress() != null
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }
}
