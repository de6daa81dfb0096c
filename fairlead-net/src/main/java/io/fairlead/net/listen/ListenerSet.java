package io.fairlead.net.listen;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.NetCodes;
import io.fairlead.net.budget.Shedding;
import io.fairlead.net.live.ConnectionRegistry;
import io.fairlead.net.loop.EventLoops;
import io.netty.channel.Channel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every listening socket of the process, by address. Prepared and committed by one owner, one
 * change at a time; {@link #bound} and {@link #isOwnAddress} may be asked by any thread.
 *
 * <p>Preparing blocks while it binds and belongs on no event loop.
 */
public final class ListenerSet implements Service, Reloadable<List<ListenerSpec>> {
  private static final Logger log = LoggerFactory.getLogger(ListenerSet.class);
  private static final long RETIRE_TICK_MILLIS = 5;
  private static final long CLOSE_SECONDS_MAX = 2;
  private static final Duration STREAM_END = Duration.ofSeconds(5);
  private static final int PORT_TRIES_MAX = 8;

  private final EventLoops loops;
  private final ConnectionRegistry connections;
  private final Clock clock;
  private final Randomness randomness;
  private final AcceptGate gate;
  private final Farewells farewells;
  private final Binder binder;
  private final Map<ListenerKey, ListeningSocket> sockets = new ConcurrentHashMap<>();
  private final Set<ListeningSocket> retiring = ConcurrentHashMap.newKeySet();
  private final Map<ListenerKey, Channel> closing = new ConcurrentHashMap<>();
  private final Set<Channel> draining = ConcurrentHashMap.newKeySet();
  private final Waves waves;
  // Guards started and moves between sockets, retiring and closing; never held while binding,
  // because event loops take it too.
  private final Object table = new Object();
  private final Object idle = new Object(); // signalled by closed connections once waiting
  private boolean started; // guarded by table
  private volatile boolean waiting;

  public ListenerSet(
      EventLoops loops,
      ConnectionRegistry connections,
      Watch<ProcessLimits> limits,
      Meters meters,
      Clock clock,
      Randomness randomness) {
    this(loops, connections, limits, Shedding.NONE, meters, clock, randomness);
  }

  /**
   * @param shedding says when new connections are too much for the memory there is
   */
  public ListenerSet(
      EventLoops loops,
      ConnectionRegistry connections,
      Watch<ProcessLimits> limits,
      Shedding shedding,
      Meters meters,
      Clock clock,
      Randomness randomness) {
    this.loops = loops;
    this.connections = connections;
    this.clock = clock;
    this.randomness = randomness;
    this.gate = new AcceptGate(limits, loops.descriptors(), shedding, clock, meters);
    this.farewells = new Farewells(loops);
    this.binder = new Binder(loops);
    this.waves = new Waves(clock);
  }

  @Override
  public String name() {
    return "listeners";
  }

  /** Begins to accept on everything committed so far. */
  @Override
  public void start() {
    synchronized (table) {
      started = true;
      for (ListeningSocket socket : sockets.values()) socket.accept();
    }
  }

  /**
   * Binds the addresses that are new.
   *
   * @throws ConfigException with {@code F2201} for each address in use, {@code F2202} for each that
   *     cannot be bound otherwise; nothing stays bound
   */
  @Override
  public Prepared prepare(List<ListenerSpec> next) throws ConfigException {
    return prepare(next, new Change(false));
  }

  /** The same, but an address that overlaps one still bound is taken on trust. */
  @Override
  public Prepared rehearse(List<ListenerSpec> next) throws ConfigException {
    return prepare(next, new Change(true));
  }

  /**
   * Listeners whose new address overlaps one that is bound now and would go: it must be closed
   * first, and for a moment nobody listens.
   */
  public List<String> rebinds(List<ListenerSpec> next) {
    Map<ListenerKey, ListenerSpec> wanted = new LinkedHashMap<>();
    for (ListenerSpec spec : next) keys(spec).forEach(key -> wanted.putIfAbsent(key, spec));
    List<String> ids = new ArrayList<>();
    wanted.forEach(
        (key, spec) -> {
          boolean blocked =
              !sockets.containsKey(key)
                  && sockets.keySet().stream()
                      .anyMatch(held -> !wanted.containsKey(held) && Overlap.excludes(held, key));
          if (blocked && !ids.contains(spec.id())) ids.add(spec.id());
        });
    return ids;
  }

  /** What removed listeners left behind. */
  public Waves.Count draining() {
    return waves.count();
  }

  /** How many changes may have connections that are coming to their end. */
  public void retiredChangesMax(int max) {
    waves.wavesMax(max);
  }

  private static List<ListenerKey> keys(ListenerSpec spec) {
    try {
      return ListenerKey.of(spec);
    } catch (UnknownHostException unknown) {
      return List.of(); // preparing says so
    }
  }

  private Prepared prepare(List<ListenerSpec> next, Change change) throws ConfigException {
    List<Problem> problems = new ArrayList<>();
    for (ListenerSpec spec : next) {
      List<ListenerKey> keys = keys(spec);
      if (keys.isEmpty()) problems.add(Binder.unknownHost(spec));
      for (ListenerKey key : keys) {
        ListenerSpec other = change.wanted.putIfAbsent(key, spec);
        if (other != null) {
          problems.add(twice(spec, other));
          break;
        }
      }
    }
    for (ListenerSpec spec : problems.isEmpty() ? next : List.<ListenerSpec>of()) {
      try {
        bind(spec, change);
      } catch (ConfigException failure) {
        problems.addAll(failure.problems());
      }
    }
    if (!problems.isEmpty()) {
      change.discard();
      throw new ConfigException(problems);
    }
    return change;
  }

  /** Listeners as they are now, by id. */
  public List<BoundListener> bound() {
    Map<String, List<ListeningSocket>> byId = new LinkedHashMap<>();
    for (ListeningSocket socket : sockets.values()) {
      byId.computeIfAbsent(socket.spec().id(), _ -> new ArrayList<>(2)).add(socket);
    }
    List<BoundListener> listeners = new ArrayList<>(byId.size());
    byId.forEach(
        (id, group) ->
            listeners.add(
                new BoundListener(
                    id,
                    group.stream().map(socket -> socket.channel().localAddress()).toList(),
                    group.stream().mapToLong(ListeningSocket::openConnections).sum(),
                    group.stream().mapToLong(ListeningSocket::acceptedTotal).sum())));
    return listeners;
  }

  /** Whether connecting there would lead back to one of these listeners; wildcard binds count. */
  public boolean isOwnAddress(InetSocketAddress address) {
    return listensOn(sockets.values(), address) || listensOn(retiring, address);
  }

  /** Open connections of all listeners. */
  public int openConnections() {
    return gate.openConnections();
  }

  /** Stops accepting and tells every connection; returns when all are closed or time is up. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    long lead = Math.min(STREAM_END.toNanos(), deadline.remaining().toNanos() / 4);
    Duration untilStreamEnd = deadline.remaining().minusNanos(lead);
    List<ListeningSocket> all;
    synchronized (table) {
      started = false;
      all = List.copyOf(sockets.values());
    }
    Waves.Wave wave = waves.begin();
    for (ListeningSocket socket : all) {
      retire(socket, new DrainTimes(untilStreamEnd, untilStreamEnd, 0.8), wave);
    }
    synchronized (idle) {
      waiting = true;
      while (gate.openConnections() > 0 && !deadline.passed()) {
        idle.wait(Math.max(1, deadline.remaining().toMillis()));
      }
    }
  }

  /** Closes every socket and every connection; waits for them some seconds at most. */
  @Override
  public void close() {
    Set<ListeningSocket> all = new HashSet<>();
    synchronized (table) {
      started = false;
      all.addAll(sockets.values());
      all.addAll(retiring);
      sockets.clear();
      retiring.clear();
    }
    Set<Channel> ended = new HashSet<>(draining);
    for (ListeningSocket socket : all) {
      closeSocket(socket);
      ended.add(socket.channel());
      ended.addAll(socket.openChannels());
    }
    boolean onLoop = false;
    for (Channel channel : ended) {
      var _ = channel.close(); // awaited below
      onLoop |= channel.isRegistered() && channel.eventLoop().inEventLoop();
    }
    if (onLoop) return; // would wait for itself
    Deadline deadline = Deadline.in(clock, Duration.ofSeconds(CLOSE_SECONDS_MAX));
    for (Channel channel : ended) {
      channel
          .closeFuture()
          .awaitUninterruptibly(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
    }
  }

  private void bind(ListenerSpec spec, Change change) throws ConfigException {
    List<ListenerKey> keys = keys(spec);
    if (spec.bind() instanceof ListenAddress.Loopback(int port)) {
      bindLoopback(spec, keys.getFirst(), keys.getLast(), port, change);
    } else if (change.find(keys.getFirst()).isEmpty() && change.vacate(keys.getFirst())) {
      int port = keys.getFirst() instanceof ListenerKey.Tcp tcp ? tcp.port() : 0;
      change.open(keys.getFirst(), port, spec);
    }
  }

  private void bindLoopback(
      ListenerSpec spec, ListenerKey v4, ListenerKey v6, int port, Change change)
      throws ConfigException {
    for (int attempt = 1; ; attempt++) {
      if (!change.vacate(v4) || !change.vacate(v6)) return;
      Optional<ListeningSocket> known = change.find(v4);
      ListeningSocket first = known.isPresent() ? known.get() : change.open(v4, port, spec);
      if (change.find(v6).isPresent()) return;
      int chosen = ((InetSocketAddress) first.channel().localAddress()).getPort();
      try {
        change.open(v6, chosen, spec);
        return;
      } catch (ConfigException failure) {
        if (!failure.problems().getFirst().code().equals(NetCodes.ADDRESS_IN_USE.id())) {
          log.atDebug().addKeyValue("listener", spec.id()).log("no IPv6 loopback, IPv4 only");
          return;
        }
        // With port 0 the system chose a port whose IPv6 twin is taken: another one may be whole.
        if (port != 0 || known.isPresent() || attempt == PORT_TRIES_MAX) throw failure;
        change.undo(first);
      }
    }
  }

  private void retire(ListeningSocket socket, DrainTimes times, Waves.Wave wave) {
    synchronized (table) {
      sockets.remove(socket.key(), socket);
      retiring.add(socket);
    }
    drainConnections(socket, times, wave);
    socket.retire(() -> retired(socket, times, wave), RETIRE_TICK_MILLIS);
  }

  private void retired(ListeningSocket socket, DrainTimes times, Waves.Wave wave) {
    synchronized (table) {
      if (!retiring.remove(socket)) return; // wanted again
      closing.put(socket.key(), socket.channel());
    }
    drainConnections(socket, times, wave); // those the kernel had still in store
    closeSocket(socket);
  }

  private void closeSocket(ListeningSocket socket) {
    socket.channel().close().addListener(_ -> closing.remove(socket.key(), socket.channel()));
    if (socket.key() instanceof ListenerKey.Unix(String path)) {
      try {
        Files.deleteIfExists(Path.of(path));
      } catch (IOException _) {
        log.atDebug().addKeyValue("path", path).log("unix socket file stays");
      }
    }
  }

  private void drainConnections(ListeningSocket socket, DrainTimes times, Waves.Wave wave) {
    long nowNanos = clock.nanos();
    long spreadNanos = (long) (times.http().toNanos() * times.spread());
    for (Channel channel : socket.openChannels()) {
      if (!channel.isRegistered() || !draining.add(channel)) continue;
      wave.add(channel, times.stream());
      long streamNanos = times.stream().toNanos();
      long idleNanos = spreadNanos == 0 ? 0 : randomness.generator().nextLong(spreadNanos);
      DrainEvent event =
          new DrainEvent(nowNanos + streamNanos, nowNanos + Math.min(idleNanos, streamNanos));
      channel.eventLoop().execute(() -> channel.pipeline().fireUserEventTriggered(event));
      Future<?> ending =
          channel
              .eventLoop()
              .schedule(
                  () -> channel.pipeline().fireUserEventTriggered(DrainDeadline.PASSED),
                  streamNanos,
                  TimeUnit.NANOSECONDS);
      Future<?> end =
          channel
              .eventLoop()
              .schedule(
                  () -> {
                    var _ = channel.close();
                  },
                  streamNanos + STREAM_END.plusSeconds(1).toNanos(),
                  TimeUnit.NANOSECONDS);
      channel
          .closeFuture()
          .addListener(
              _ -> {
                draining.remove(channel);
                ending.cancel(false);
                end.cancel(false);
              });
    }
  }

  /**
   * Accepts again when there is room for a reason other than the end of a connection: a raised
   * limit, or sockets to upstreams that were closed. Any thread; cheap.
   */
  public void resumeIfRoom() {
    if (gate.resumes()) sockets.values().forEach(ListeningSocket::resume);
  }

  private void connectionClosed() {
    resumeIfRoom();
    if (!waiting) return;
    synchronized (idle) {
      idle.notifyAll();
    }
  }

  private static boolean listensOn(Collection<ListeningSocket> among, InetSocketAddress address) {
    for (ListeningSocket socket : among) {
      SocketAddress bound = socket.channel().localAddress();
      if (!(bound instanceof InetSocketAddress local) || local.getPort() != address.getPort()) {
        continue;
      }
      InetAddress host = address.getAddress();
      if (local.getAddress().equals(host)) return true;
      // Connecting to 0.0.0.0 or :: reaches this machine.
      if (host.isAnyLocalAddress()) return true;
      if (local.getAddress().isAnyLocalAddress() && belongsHere(host)) return true;
    }
    return false;
  }

  private static boolean belongsHere(InetAddress address) {
    try {
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException _) {
      return true; // cannot tell: refusing is the safe side
    }
  }

  private static Problem twice(ListenerSpec spec, ListenerSpec other) {
    return Problem.error(
        NetCodes.ADDRESS_IN_USE.id(),
        "/listeners/" + spec.id() + "/bind",
        Problem.Place.NOWHERE,
        "listeners " + other.id() + " and " + spec.id() + " both bind " + spec.bind(),
        "give one of them another port");
  }

  /** One change of the list between prepare and commit. */
  private final class Change implements Prepared {
    private final boolean rehearsal;
    private final Map<ListenerKey, ListeningSocket> vacated = new LinkedHashMap<>();
    private final Map<ListenerKey, ListenerSpec> wanted = new LinkedHashMap<>();
    private final Map<ListenerKey, ListeningSocket> fresh = new HashMap<>();
    private final Map<ListenerKey, ListeningSocket> reclaimed = new HashMap<>();

    Change(boolean rehearsal) {
      this.rehearsal = rehearsal;
    }

    /** The socket that already has this address, kept from closing if it was about to. */
    Optional<ListeningSocket> find(ListenerKey key) {
      synchronized (table) {
        ListeningSocket socket = sockets.get(key);
        if (socket == null) socket = fresh.get(key);
        if (socket == null) socket = reclaimed.get(key);
        if (socket != null) return Optional.of(socket);
        for (ListeningSocket leaving : retiring) {
          if (!leaving.key().equals(key)) continue;
          retiring.remove(leaving);
          reclaimed.put(key, leaving);
          return Optional.of(leaving);
        }
        return Optional.empty();
      }
    }

    ListeningSocket open(ListenerKey key, int port, ListenerSpec spec) throws ConfigException {
      Channel before = closing.get(key);
      if (before != null) {
        before.closeFuture().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
      }
      Channel channel = binder.bind(key, port, spec);
      ListeningSocket socket =
          new ListeningSocket(
              key,
              spec,
              loops,
              connections,
              gate,
              farewells,
              ListenerSet.this::connectionClosed,
              channel);
      channel.pipeline().addLast("accept", socket);
      fresh.put(key, socket);
      return socket;
    }

    /**
     * Closes what will go and stands in the way of {@code key}, after it accepted whoever waits in
     * the kernel.
     *
     * @return false when this is a rehearsal and something is in the way
     */
    boolean vacate(ListenerKey key) {
      List<ListeningSocket> inTheWay =
          sockets.values().stream()
              .filter(held -> !wanted.containsKey(held.key()) && Overlap.excludes(held.key(), key))
              .filter(held -> !vacated.containsKey(held.key()))
              .toList();
      if (rehearsal) return inTheWay.isEmpty();
      for (ListeningSocket socket : inTheWay) {
        CountDownLatch quiet = new CountDownLatch(1);
        socket.retire(quiet::countDown, RETIRE_TICK_MILLIS);
        try {
          // A storm of clients must not put the change off: who is late is refused for a moment.
          boolean _ = quiet.await(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        } catch (InterruptedException ending) {
          Thread.currentThread().interrupt();
        }
        vacated.put(socket.key(), socket);
        socket.channel().close().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
      }
      return true;
    }

    private void restore(ListeningSocket socket) {
      int port = socket.key() instanceof ListenerKey.Tcp tcp ? tcp.port() : 0;
      try {
        socket.reopen(binder.bind(socket.key(), port, socket.spec()));
        synchronized (table) {
          if (started) socket.accept();
        }
      } catch (ConfigException failure) {
        sockets.remove(socket.key(), socket);
        log.atError()
            .addKeyValue("listener", socket.spec().id())
            .addKeyValue("why", failure.getMessage())
            .log("listener could not be bound again and is gone");
      }
    }

    void undo(ListeningSocket socket) {
      fresh.remove(socket.key(), socket);
      closing.put(socket.key(), socket.channel());
      closeSocket(socket);
    }

    @Override
    public void commit() {
      List<ListeningSocket> removed = new ArrayList<>();
      synchronized (table) {
        for (ListeningSocket socket : sockets.values()) {
          if (!wanted.containsKey(socket.key())) removed.add(socket);
        }
        sockets.putAll(reclaimed);
        sockets.putAll(fresh);
        wanted.forEach(
            (key, spec) -> {
              ListeningSocket socket = sockets.get(key);
              if (socket == null) return; // no IPv6 on this machine
              socket.show(spec);
              if (started) socket.accept();
            });
      }
      if (removed.isEmpty()) return;
      Waves.Wave wave = waves.begin();
      for (ListeningSocket socket : removed) {
        DrainTimes times = socket.spec().limits().drain();
        if (vacated.containsKey(socket.key())) {
          sockets.remove(socket.key(), socket);
          drainConnections(socket, times, wave);
        } else {
          retire(socket, times, wave);
        }
      }
    }

    @Override
    public void discard() {
      for (ListeningSocket socket : List.copyOf(fresh.values())) {
        undo(socket);
        if (!vacated.isEmpty()) {
          socket.channel().closeFuture().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        }
      }
      vacated.values().forEach(this::restore);
      if (reclaimed.isEmpty()) return;
      Waves.Wave wave = waves.begin();
      for (ListeningSocket socket : reclaimed.values()) {
        retire(socket, socket.spec().limits().drain(), wave);
      }
    }
  }
}
