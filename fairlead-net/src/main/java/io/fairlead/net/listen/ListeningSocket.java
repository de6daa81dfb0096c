package io.fairlead.net.listen;

import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import java.net.SocketAddress;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bound address and the connections accepted through it.
 *
 * <pre>
 * prepared  --commit-->    accepting
 * accepting --hold-->      held         (its service changes hands)
 * held      --accept-->    accepting
 * accepting --full-->      paused       (by the process limit, or for a moment after an error)
 * paused    --room-->      accepting
 * any       --retire-->    stopping     (accepts what waits in the kernel)
 * stopping  --commit-->    accepting    (wanted again before it was closed)
 * stopping  --quiet-->     closed
 * prepared  --discard-->   closed
 * </pre>
 *
 * The accepting itself is confined to the event loop of the listening channel; the rest may be
 * called from any thread.
 */
@ChannelHandler.Sharable // of one channel at a time
final class ListeningSocket extends ChannelInboundHandlerAdapter implements BoundSocket {
  private static final Logger log = LoggerFactory.getLogger(ListeningSocket.class);
  private static final long ERROR_PAUSE_MILLIS = 250;
  private static final int FAILURES_PER_LOG_LINE = 100;

  private final ListenerKey key;
  private final EventLoops loops;
  private final ConnectionRegistry connections;
  private final AcceptGate gate;
  private final Farewells farewells;
  private final Runnable onConnectionClosed;
  private final SourceTable sources = new SourceTable();
  private final Set<Channel> open = ConcurrentHashMap.newKeySet();
  private final LongAdder accepted = new LongAdder();
  private volatile Channel channel;
  private volatile boolean inherited;
  private volatile ListenerSpec spec; // the face, swapped by this one write
  private volatile boolean accepting;
  private int failures; // event loop only
  private long acceptedAtLastTick; // event loop only

  ListeningSocket(
      ListenerKey key,
      ListenerSpec spec,
      EventLoops loops,
      ConnectionRegistry connections,
      AcceptGate gate,
      Farewells farewells,
      Runnable onConnectionClosed,
      Binder.Bound bound) {
    this.key = key;
    this.spec = spec;
    this.loops = loops;
    this.connections = connections;
    this.gate = gate;
    this.farewells = farewells;
    this.onConnectionClosed = onConnectionClosed;
    this.channel = bound.channel();
    this.inherited = bound.inherited();
  }

  @Override
  public ListenerKey key() {
    return key;
  }

  @Override
  public ListenerSpec spec() {
    return spec;
  }

  @Override
  public Channel channel() {
    return channel;
  }

  @Override
  public boolean inherited() {
    return inherited;
  }

  SourceTable sources() {
    return sources;
  }

  @Override
  public int openConnections() {
    return open.size();
  }

  @Override
  public Set<Channel> openChannels() {
    return open;
  }

  @Override
  public long acceptedTotal() {
    return accepted.sum();
  }

  @Override
  public void show(ListenerSpec next) {
    spec = next;
  }

  @Override
  public void reopen(Binder.Bound next) {
    channel = next.channel();
    inherited = next.inherited();
    channel.pipeline().addLast("accept", this);
  }

  @Override
  public void accept() {
    accepting = true;
    channel.eventLoop().execute(this::readIfAllowed);
  }

  @Override
  public void hold() {
    accepting = false;
    channel
        .eventLoop()
        .execute(
            () -> {
              if (!accepting) pause();
            });
  }

  /** Stops for now, because the process is full. */
  void pause() {
    channel.config().setAutoRead(false);
  }

  @Override
  public void resume() {
    channel.eventLoop().execute(this::readIfAllowed);
  }

  /** Goes on accepting what waits in the kernel until a moment passes without any. */
  @Override
  public void retire(Runnable onQuiet, long tickMillis) {
    accepting = false;
    var _ = // looks at the channel when it runs
        channel
            .eventLoop()
            .schedule(
                () -> {
                  if (accepting || !channel.isOpen()) return;
                  long now = accepted.sum();
                  boolean quiet = now == acceptedAtLastTick || gate.paused();
                  acceptedAtLastTick = now;
                  if (quiet) {
                    onQuiet.run();
                  } else {
                    retire(onQuiet, tickMillis);
                  }
                },
                tickMillis,
                TimeUnit.MILLISECONDS);
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    Channel child = (Channel) message;
    accepted.increment();
    SocketAddress peer = child.remoteAddress();
    SocketAddress remote = peer == null ? child.localAddress() : peer; // gone already, or unnamed
    AcceptGate.Entry entry =
        remote == null ? AcceptGate.Refused.SILENTLY : gate.enter(remote, this);
    if (!(entry instanceof AcceptGate.Pass pass) || remote == null) {
      refuse(child, entry == AcceptGate.Refused.POLITELY);
      return;
    }
    if (gate.full()) pause();
    open.add(child);
    child
        .closeFuture()
        .addListener(
            _ -> {
              open.remove(child);
              pass.giveBack();
              onConnectionClosed.run();
            });
    configure(child);
    ListenerSpec shown = spec;
    child.pipeline().addLast(new Welcome(shown, remote));
    loops
        .group()
        .register(child)
        .addListener(
            registered -> {
              if (!registered.isSuccess()) child.unsafe().closeForcibly();
            });
  }

  private void refuse(Channel child, boolean politely) {
    ListenerSpec shown = spec;
    if (politely && shown.tls().isEmpty() && shown.face().speaksHttp()) {
      farewells.say(child);
    } else {
      child.unsafe().closeForcibly();
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    // Out of descriptors or buffers, most of the time: asking again at once would only spin.
    if (failures++ % FAILURES_PER_LOG_LINE == 0) {
      log.atWarn()
          .addKeyValue("listener", spec.id())
          .addKeyValue("failures", failures)
          .setCause(cause)
          .log("accept failed, pausing");
    }
    channel.config().setAutoRead(false);
    var _ =
        channel
            .eventLoop()
            .schedule(this::readIfAllowed, ERROR_PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void readIfAllowed() {
    if (accepting && channel.isOpen() && !gate.paused()) channel.config().setAutoRead(true);
  }

  private void configure(Channel child) {
    child.config().setAllocator(loops.allocator());
    child.config().setAutoRead(false);
    child.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    if (key instanceof ListenerKey.Tcp) {
      child.config().setOption(ChannelOption.TCP_NODELAY, true);
      child.config().setOption(ChannelOption.SO_KEEPALIVE, true);
    }
    loops.buffers().install(child);
  }

  /** Opens the record, puts TLS in place and lets the face build the rest. */
  private final class Welcome extends ChannelInitializer<Channel> {
    private final ListenerSpec shown;
    private final SocketAddress remote;

    Welcome(ListenerSpec shown, SocketAddress remote) {
      this.shown = shown;
      this.remote = remote;
    }

    @Override
    protected void initChannel(Channel child) {
      LiveConnection connection = connections.register(child, shown.id(), remote);
      if (shown.tls().isPresent()) {
        if (!gate.beginHandshake()) {
          var _ = child.close();
          return;
        }
        child.pipeline().addLast("tls-gate", new TlsGate(gate.meters()));
        shown.tls().get().install(child, gate.handshakeTimeoutMillis());
        child.pipeline().addLast("tls-watch", new TlsWatch(gate));
      }
      shown.face().attach(child, connection);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      log.atError()
          .addKeyValue("listener", shown.id())
          .setCause(cause)
          .log("connection could not be set up");
      var _ = ctx.close();
    }
  }
}
