package io.fairlead.mqtt.netty;

import io.fairlead.core.access.Principal;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.codec.FrameReader;
import io.fairlead.mqtt.codec.MqttCodecException;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.delivery.Arrivals;
import io.fairlead.mqtt.delivery.BrokerCore;
import io.fairlead.mqtt.delivery.Posted;
import io.fairlead.mqtt.delivery.Shard;
import io.fairlead.mqtt.session.Connection;
import io.fairlead.mqtt.session.Reading;
import io.fairlead.mqtt.session.Session;
import io.fairlead.net.listen.DrainEvent;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.tls.TlsFacts;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One client's connection, from its first byte.
 *
 * <pre>
 * WAITING    --CONNECT-->            ADMITTING  (nothing is read but AUTH)
 * ADMITTING  --CONNACK was sent-->   CONNECTED
 * any        --refused, failed, cut, good-bye--> CLOSING (reads and throws away)
 * CLOSING    --peer ended, 1 s, 256 KiB-->  closed
 * </pre>
 *
 * On the channel's event loop; the session's shard may be another's.
 */
final class MqttConnection extends ChannelInboundHandlerAdapter implements Admission.Door, Reading {
  private static final Logger log = LoggerFactory.getLogger(MqttConnection.class);
  private static final long REFUSAL_DELAY_MILLIS = 100;
  private static final long CONGESTION_PAUSE_MILLIS = 5;
  private static final long UNKEPT_PAUSE_MILLIS = 1;
  private static final long MEMORY_PAUSE_MILLIS = 100;

  /** Messages of one client that wait for the store; beyond that it is not read. */
  private static final int UNKEPT_MAX = 64;

  private static final int UNTAKEN_MAX = 4;

  private enum Phase {
    WAITING,
    ADMITTING,
    CONNECTED,
    CLOSING
  }

  private final Surroundings around;
  private final BrokerCore core;
  private final LiveConnection live;
  private final Clock clock;
  private final long sinceNanos;
  private final Admission admission;
  private final Renewal renewal;
  private final Farewell farewell = new Farewell();
  private final PublishPace pace;
  private final Watchman watchman;
  private final FrameReader.Packets packets = this::onPacket;
  private @Nullable ChannelHandlerContext context;
  private @Nullable FrameReader reader;
  private Phase phase = Phase.WAITING;
  private @Nullable Session session;
  private @Nullable Connection connection;
  private @Nullable Shard home;
  private boolean hops;
  private List<Packet> read = new ArrayList<>();
  private int untaken; // reads that the session's shard has not taken
  private int readMessages;
  private boolean throttled;
  private boolean resting; // until an answer about what the client sent is there
  private boolean ending; // nothing more comes: what was read is taken at once
  private long askedAtNanos;

  /**
   * @param sinceNanos monotonic, since when the time to CONNECT runs
   */
  MqttConnection(Surroundings around, LiveConnection live, long sinceNanos) {
    this.around = around;
    this.sinceNanos = sinceNanos;
    this.core = around.core();
    this.live = live;
    this.clock = core.clock();
    this.admission = new Admission(around, live, this);
    this.renewal = new Renewal(around);
    this.pace = new PublishPace(around);
    this.watchman = new Watchman(this, clock);
  }

  @Override
  public void handlerAdded(ChannelHandlerContext ctx) {
    context = ctx;
    reader = FrameReader.ofClient(ctx.alloc(), around.decodeLimits());
    watchman.connectWithin(ctx, around.leftToConnect(sinceNanos));
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf bytes = (ByteBuf) message;
    FrameReader frames = reader;
    try {
      int count = bytes.readableBytes();
      live.addReceived(count);
      core.meters().receivedBytes(count);
      if (phase == Phase.CLOSING || frames == null) {
        if (farewell.full(count)) ctx.close();
        return;
      }
      readMessages = 0;
      frames.read(bytes, packets);
      throttle(ctx, readMessages, count);
    } catch (MqttCodecException bad) {
      broken(bad);
    } finally {
      bytes.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    pass();
    if (phase == Phase.CONNECTED && reader != null) {
      watchman.midFrame(ctx, reader.midFrame(), core.config().protocol().frameTimeout());
    }
    slowDown(ctx);
    ctx.fireChannelReadComplete();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Session mine = session;
    Shard shard = home;
    if (mine != null && shard != null && phase == Phase.CONNECTED) {
      if (ctx.channel().isWritable()) Posted.to(shard.executor(), mine::onWritable);
      Duration patience = core.config().session().stallTimeout();
      watchman.writable(ctx, ctx.channel().isWritable(), patience);
    }
    ctx.fireChannelWritabilityChanged();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    readRest();
    pass();
    watchman.stop();
    pace.leave();
    FrameReader frames = reader;
    if (frames != null) frames.close();
    reader = null;
    lost();
    ctx.fireChannelInactive();
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) throws Exception {
    if (event instanceof ChannelInputShutdownEvent) {
      readRest();
      pass();
      ctx.close();
    } else if (event instanceof DrainEvent drain) {
      leave(ctx, drain);
    } else {
      super.userEventTriggered(ctx, event);
    }
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    log.atDebug().addKeyValue("remote", live.remote()).setCause(cause).log("connection failed");
    ctx.close();
  }

  private void onPacket(Packet packet) {
    watchman.heard();
    switch (phase) {
      case WAITING -> {
        if (packet instanceof Packet.Connect connect) connect(connect);
      }
      case ADMITTING -> {
        if (packet instanceof Packet.Auth auth) {
          pauseReading();
          admission.onAuth(auth);
        } else if (packet instanceof Packet.Disconnect) {
          close();
        } else {
          refuse(ReasonCode.PROTOCOL_ERROR, MqttVersion.V5);
        }
      }
      case CONNECTED -> {
        if (packet instanceof Packet.Publish) {
          readMessages++;
          // Nothing more is taken: who wants it acknowledged says it again, elsewhere or later.
          if (core.draining()) return;
        }
        if (packet instanceof Packet.Disconnect) pauseReading();
        if (packet instanceof Packet.Auth auth) renew(auth);
        else if (hops) read.add(packet);
        else take(packet);
      }
      case CLOSING -> {}
    }
  }

  private void connect(Packet.Connect packet) {
    phase = Phase.ADMITTING;
    askedAtNanos = clock.nanos();
    pauseReading();
    ChannelHandlerContext ctx = context;
    if (ctx != null) watchman.admitWithin(ctx, core.config().protocol().authTimeout());
    admission.begin(packet);
  }

  private void pauseReading() {
    if (reader != null) reader.pause();
    if (context != null) context.channel().config().setAutoRead(false);
  }

  private void goOnReading() {
    ChannelHandlerContext ctx = context;
    FrameReader frames = reader;
    if (ctx == null || frames == null || !ctx.channel().isActive()) return;
    try {
      readMessages = 0;
      frames.resume(packets);
    } catch (MqttCodecException bad) {
      broken(bad);
      return;
    }
    throttle(ctx, readMessages, 0);
    pass();
    if (!throttled && !resting) ctx.channel().config().setAutoRead(true);
  }

  @Override
  public void rest() {
    onLoop(
        () -> {
          if (ending || phase != Phase.CONNECTED) return;
          resting = true;
          pauseReading();
        });
  }

  @Override
  public void goOn() {
    onLoop(
        () -> {
          if (!resting) return;
          resting = false;
          watchman.heard();
          if (phase == Phase.CONNECTED) goOnReading();
        });
  }

  /** Whether the client is not read because of us: its silence says nothing. */
  boolean unread() {
    return resting || throttled || untaken >= UNTAKEN_MAX;
  }

  /** The client has gone while it was not read: what it had said before is still meant. */
  private void readRest() {
    FrameReader frames = reader;
    if (!resting || ending || frames == null) return;
    ending = true;
    resting = false;
    try {
      frames.resume(packets);
    } catch (MqttCodecException bad) {
      log.atDebug()
          .addKeyValue("remote", live.remote())
          .addKeyValue("problem", bad.getMessage())
          .log("protocol broken");
    }
  }

  @Override
  public void admit(Admission.Admitted admitted) {
    ChannelHandlerContext ctx = context;
    if (ctx == null || phase != Phase.ADMITTING || !ctx.channel().isActive()) return;
    Shard here = around.shardOf(ctx.channel().eventLoop());
    Shard there = core.homeOf(admitted.client().clientId(), here);
    onShard(there, () -> arrive(there, admitted, ctx));
  }

  /** On the home shard's thread. */
  private void arrive(Shard there, Admission.Admitted admitted, ChannelHandlerContext ctx) {
    ChannelOutput output =
        new ChannelOutput(
            ctx.channel(), there, admitted.connect().version(), () -> onLoop(this::farewell));
    Connection next =
        new Connection(admitted.client(), admitted.connect(), output, core.config().protocol());
    next.tracedBy(core.traces());
    next.readBy(this);
    next.received(admitted.connect());
    there.arrive(
        new Arrivals.Arrival(
            next,
            admitted.extra(),
            admission::asksAgain,
            () -> admission.verdict(admitted.client().principal()),
            opened -> onLoop(() -> attached(opened, next, admitted))));
  }

  private void attached(Session opened, Connection next, Admission.Admitted admitted) {
    ChannelHandlerContext ctx = context;
    session = opened;
    connection = next;
    home = (Shard) opened.host();
    if (ctx == null || !ctx.channel().isActive()) {
      lost();
      return;
    }
    if (phase == Phase.CLOSING) return; // taken over meanwhile
    phase = Phase.CONNECTED;
    core.meters().connected(clock.nanos() - askedAtNanos);
    pace.join(admitted.client().principal(), live.listener());
    hops = home != around.shardOf(ctx.channel().eventLoop());
    live.bind(Principal.of(admitted.client().principal().id()));
    watchman.connected(ctx, admitted.keepAliveSeconds());
    admitted.until().ifPresent(until -> watchman.endAt(ctx, until));
    if (reader != null) reader.connected();
    if (ctx.pipeline().get(EarlyFrames.class) != null) ctx.pipeline().remove(EarlyFrames.class);
    goOnReading();
  }

  @Override
  public void refuse(ReasonCode reason, MqttVersion version) {
    if (phase == Phase.CLOSING) return;
    core.refused(live.remote(), reason);
    admission.refused(reason);
    boolean guessing = reason == ReasonCode.BAD_USER_NAME_OR_PASSWORD;
    ChannelHandlerContext ctx = context;
    if (ctx == null) return;
    log.atDebug().addKeyValue("remote", live.remote()).addKeyValue("reason", reason).log("refused");
    Runnable say = () -> sayLast(new Packet.ConnAck(false, reason, Properties.EMPTY), version);
    phase = Phase.CLOSING;
    if (guessing) {
      var _ = ctx.executor().schedule(say, REFUSAL_DELAY_MILLIS, TimeUnit.MILLISECONDS);
    } else {
      say.run();
    }
  }

  private void sayLast(Packet.ConnAck answer, MqttVersion version) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) return;
    boolean told = version.rich() || answer.reason().connectReturnCode().isPresent();
    if (told) admission.say(ctx, answer, version);
    farewell();
  }

  @Override
  public void challenge(Packet.Auth packet) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) return;
    if (admission.say(ctx, packet, MqttVersion.V5)) onLoop(this::goOnReading);
    else close();
  }

  @Override
  public Optional<X509Certificate> certificate() {
    return context == null ? Optional.empty() : TlsFacts.client(context.channel());
  }

  @Override
  public void onLoop(Runnable action) {
    ChannelHandlerContext ctx = context;
    if (ctx == null) return;
    if (ctx.executor().inEventLoop()) action.run();
    else Posted.to(ctx.executor(), action);
  }

  /** What the peer sent is wrong. */
  private void broken(MqttCodecException bad) {
    core.meters().badPacket();
    bad.limit().ifPresent(core.meters()::rejected);
    log.atDebug()
        .addKeyValue("remote", live.remote())
        .addKeyValue("problem", bad.getMessage())
        .log("protocol broken");
    pass();
    switch (phase) {
      case WAITING -> {
        boolean answerable = bad.answerIn().isPresent();
        if (answerable) refuse(bad.reason(), bad.answerIn().get());
        else close();
      }
      case ADMITTING -> refuse(bad.reason(), MqttVersion.V5);
      case CONNECTED -> cut(bad.reason());
      case CLOSING -> {}
    }
  }

  /** It did not become a client in time. */
  void late(MqttLimit limit) {
    if (arriving()) core.meters().rejected(limit);
    close();
  }

  /** {@link #cut}s it for going beyond a bound. */
  void beyond(MqttLimit limit, ReasonCode reason) {
    if (phase == Phase.CONNECTED) core.meters().rejected(limit);
    cut(reason);
  }

  /** Ends it with a reason that clients of version 5 are told; the will is published. */
  void cut(ReasonCode reason) {
    if (!atHome((shard, mine, now) -> shard.cut(mine, now, reason))) close();
  }

  /** Whether it is not connected yet. */
  boolean arriving() {
    return phase == Phase.WAITING || phase == Phase.ADMITTING;
  }

  /** Whether its session waits with as much as it may hold. */
  boolean full() {
    Session mine = session;
    return mine != null && mine.full();
  }

  /** Ends it without a word. */
  void close() {
    phase = Phase.CLOSING;
    if (context != null) context.close();
  }

  private void farewell() {
    phase = Phase.CLOSING;
    ChannelHandlerContext ctx = context;
    if (ctx != null) farewell.begin(ctx);
  }

  private void lost() {
    atHome(Shard::lost);
  }

  /** Hands what was read to the session's shard, if that is another. */
  private void pass() {
    if (!hops || read.isEmpty()) return;
    List<Packet> batch = read;
    read = new ArrayList<>();
    untaken++;
    Shard shard = home;
    if (shard == null) return;
    Posted.to(
        shard.executor(),
        () -> {
          for (Packet each : batch) take(each);
          onLoop(this::taken);
        });
  }

  private void taken() {
    untaken--;
    ChannelHandlerContext ctx = context;
    if (untaken != UNTAKEN_MAX - 1 || ctx == null) return;
    if (!throttled && !resting && phase == Phase.CONNECTED) {
      watchman.heard();
      ctx.channel().config().setAutoRead(true);
    }
  }

  /** On the session's shard. */
  private void take(Packet packet) {
    Session mine = session;
    Connection now = connection;
    Shard shard = home;
    if (mine == null || now == null || shard == null) return;
    if (mine.connection().orElse(null) != now) return;
    switch (packet) {
      case Packet.Disconnect goodbye -> {
        now.received(goodbye);
        shard.goodbye(mine, now, goodbye);
      }
      default -> mine.accept(packet);
    }
  }

  private void renew(Packet.Auth packet) {
    Session mine = session;
    Connection now = connection;
    Shard shard = home;
    if (mine == null || now == null || shard == null) return;
    now.received(packet);
    switch (renewal.accept(now, packet)) {
      // By the session's thread, whose packets may be on their way in several parts.
      case Renewal.Outcome.Say(var answer, var groups) ->
          onShard(shard, () -> shard.proven(mine, now, groups, answer));
      case Renewal.Outcome.Broken(var reason) -> {
        pauseReading();
        cut(reason);
      }
    }
  }

  private void throttle(ChannelHandlerContext ctx, int messages, int bytes) {
    if (messages == 0) return;
    long wait = pace.take(messages, bytes);
    if (wait > 0) pause(ctx, wait);
  }

  private void slowDown(ChannelHandlerContext ctx) {
    if (phase != Phase.CONNECTED || throttled) return;
    if (untaken >= UNTAKEN_MAX) {
      ctx.channel().config().setAutoRead(false);
    } else if (readMessages > 0 && core.memory().slowsPublishers()) {
      core.meters().rejected(MqttLimit.MEMORY);
      pause(ctx, TimeUnit.MILLISECONDS.toNanos(MEMORY_PAUSE_MILLIS));
    } else if (congested()) {
      pause(ctx, TimeUnit.MILLISECONDS.toNanos(CONGESTION_PAUSE_MILLIS));
    } else if (unkept()) {
      core.meters().rejected(MqttLimit.UNKEPT);
      pause(ctx, TimeUnit.MILLISECONDS.toNanos(UNKEPT_PAUSE_MILLIS));
    }
  }

  /** Whether as many messages of the client wait for the store as may. */
  private boolean unkept() {
    Connection now = connection;
    return now != null && now.unacknowledged() > UNKEPT_MAX;
  }

  private boolean congested() {
    Session mine = session;
    boolean slowed = mine != null && mine.takeSlowed();
    return slowed || core.congested() || core.store().congested();
  }

  private void pause(ChannelHandlerContext ctx, long nanos) {
    throttled = true;
    ctx.channel().config().setAutoRead(false);
    var _ = // ends with the loop
        ctx.executor()
            .schedule(
                () -> {
                  throttled = false;
                  watchman.heard();
                  if (phase != Phase.CONNECTED || resting || untaken >= UNTAKEN_MAX) return;
                  if (unkept()) pause(ctx, TimeUnit.MILLISECONDS.toNanos(UNKEPT_PAUSE_MILLIS));
                  else ctx.channel().config().setAutoRead(true);
                },
                nanos,
                TimeUnit.NANOSECONDS);
  }

  /** The listener goes: each client is told at its time. */
  private void leave(ChannelHandlerContext ctx, DrainEvent drain) {
    var _ =
        ctx.executor()
            .schedule(
                () -> {
                  if (!atHome(Shard::letGo)) close();
                },
                Farewell.delayNanos(drain, core.config().drain().spread(), clock.nanos()),
                TimeUnit.NANOSECONDS);
  }

  private interface AtHome {
    void run(Shard shard, Session session, Connection connection);
  }

  /** Runs it by the thread of its session's shard; false if it has no session. */
  private boolean atHome(AtHome action) {
    Session mine = session;
    Connection now = connection;
    Shard shard = home;
    if (mine == null || now == null || shard == null) return false;
    onShard(shard, () -> action.run(shard, mine, now));
    return true;
  }

  private void onShard(Shard shard, Runnable action) {
    ChannelHandlerContext ctx = context;
    boolean here =
        ctx != null
            && ctx.executor().inEventLoop()
            && around.shardOf(ctx.channel().eventLoop()) == shard;
    if (here) action.run();
    else Posted.to(shard.executor(), action);
  }
}
