package io.fairlead.proxy.stream.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.upstream.Seat;
import io.fairlead.net.upstream.StreamAsk;
import io.fairlead.net.upstream.StreamUpstreams;
import io.fairlead.proxy.stream.DatagramMeters;
import io.fairlead.proxy.stream.DatagramMeters.Drop;
import io.fairlead.proxy.stream.LiveStreams;
import io.fairlead.proxy.stream.Sessions;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.proxy.stream.StreamConfig.Target;
import io.fairlead.proxy.stream.StreamRules;
import io.fairlead.proxy.stream.StreamRules.Known;
import io.fairlead.proxy.stream.StreamRules.Way;
import io.netty.channel.Channel;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The sessions of one UDP socket, by client. Confined to the socket's event loop but for what
 * {@link Sessions} says. Holds at most {@code limits.sessions}: when full, the session that was
 * silent longest makes room.
 */
final class SessionTable implements Sessions {
  private static final long TICKS_PER_IDLE = 4;
  private static final long TICK_NANOS_MIN = TimeUnit.MILLISECONDS.toNanos(10);

  private final LiveStreams live;
  private final StreamExit exit;
  private final Channel socket;
  // In order of activity, the longest silent first.
  private final Map<InetSocketAddress, Session> sessions = new LinkedHashMap<>(16, 0.75f, true);
  private @Nullable Future<?> tick;

  SessionTable(LiveStreams live, StreamExit exit, Channel socket) {
    this.live = live;
    this.exit = exit;
    this.socket = socket;
  }

  void begin() {
    live.enter(this);
    socket
        .closeFuture()
        .addListener(
            _ -> {
              endNow("listener_closed");
              live.leave(this);
            });
  }

  LiveStreams live() {
    return live;
  }

  Channel socket() {
    return socket;
  }

  StreamExit exit() {
    return exit;
  }

  DatagramMeters meters() {
    return exit.datagramMeters();
  }

  /** Takes ownership. */
  void receive(DatagramPacket packet) {
    InetSocketAddress client = packet.sender();
    Session session = sessions.get(client);
    if (session == null) {
      session = open(client);
      if (session == null) {
        packet.release();
        return;
      }
    }
    session.fromClient(packet.content());
  }

  /** A session had a datagram from its server. */
  void touched(Session session) {
    var _ = sessions.get(session.client());
  }

  /** A session is over. */
  void remove(Session session) {
    sessions.remove(session.client(), session);
  }

  private @Nullable Session open(InetSocketAddress client) {
    StreamRules rules = live.rules();
    if (client.getPort() == 0) return drop(Drop.SOURCE);
    InetAddress address = client.getAddress();
    if (!rules.admits(address)) return drop(Drop.ACL);
    if (!(rules.way(address, new Known.Nothing(), true) instanceof Way.To to)) {
      return drop(Drop.NO_ROUTE);
    }
    Session session = new Session(this, rules.config(), client, to);
    Optional<Seat> seat =
        switch (to.target()) {
          case Target.Fixed(Destination destination) ->
              Optional.of(new StreamExit.FixedSeat(destination));
          case Target.Named(String upstream) ->
              exit.upstreams()
                  .seat(
                      new StreamAsk(upstream, address.getHostAddress(), Optional.empty(), session));
        };
    if (seat.isEmpty() || !(seat.get().destination() instanceof Destination.HostPort)) {
      seat.ifPresent(taken -> taken.leave(true));
      return drop(Drop.NO_ENDPOINT);
    }
    makeRoom(rules.config());
    sessions.put(client, session);
    session.begin(seat.get());
    schedule(rules.config().udpIdle());
    return session;
  }

  private @Nullable Session drop(Drop reason) {
    meters().dropped(reason);
    return null;
  }

  private void makeRoom(StreamConfig config) {
    while (!sessions.isEmpty() && !config.limits().sessions().admits(sessions.size() + 1L)) {
      Iterator<Session> eldest = sessions.values().iterator();
      Session silent = eldest.next();
      eldest.remove();
      meters().evicted();
      silent.end("evicted", true);
    }
  }

  private void schedule(Duration idle) {
    if (tick != null) return;
    long every = Math.max(TICK_NANOS_MIN, idle.toNanos() / TICKS_PER_IDLE);
    tick =
        socket
            .eventLoop()
            .schedule(
                () -> {
                  tick = null;
                  expire();
                },
                every,
                TimeUnit.NANOSECONDS);
  }

  private void expire() {
    long now = exit.journal().clock().nanos();
    Duration idle = live.rules().config().udpIdle();
    Iterator<Session> eldest = sessions.values().iterator();
    while (eldest.hasNext()) {
      Session session = eldest.next();
      if (!session.silentFor(idle, now)) break; // all behind it were active later
      eldest.remove();
      session.end("idle_timeout", true);
    }
    if (!sessions.isEmpty()) schedule(idle);
  }

  // ---- from anywhere -----------------------------------------------------------------------

  @Override
  public void judge(StreamRules rules, boolean gone, StreamUpstreams upstreams, Duration after) {
    socket
        .eventLoop()
        .execute(
            () -> {
              for (Session session : List.copyOf(sessions.values())) {
                if (!rules.admits(session.client().getAddress())) {
                  session.end("forbidden", true);
                } else if (gone || !leads(session, rules, upstreams)) {
                  session.drain(after);
                }
              }
            });
  }

  private static boolean leads(Session session, StreamRules rules, StreamUpstreams upstreams) {
    Way.To way = session.way();
    if (!rules.leads(way.route(), way.target())) return false;
    return !(way.target() instanceof Target.Named(String upstream))
        || upstreams.leadsTo(upstream, session.destination());
  }

  @Override
  public void endAll(String reason) {
    socket.eventLoop().execute(() -> endNow(reason));
  }

  private void endNow(String reason) {
    for (Session session : List.copyOf(sessions.values())) session.end(reason, true);
    if (tick != null) tick.cancel(false);
    tick = null;
  }
}
