package io.fairlead.net.listen;

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
import io.fairlead.net.loop.SocketDescriptors;
import io.netty.channel.Channel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
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
  private static final int PORT_TRIES_MAX = 8;

  private final EventLoops loops;
  private final ConnectionRegistry connections;
  private final Clock clock;
  private final InheritedSockets inherited;
  private final AcceptGate gate;
  private final Farewells farewells;
  private final Binder binder;
  private final Map<ListenerKey, BoundSocket> sockets = new ConcurrentHashMap<>();
  private final Set<BoundSocket> retiring = ConcurrentHashMap.newKeySet();
  private final Map<ListenerKey, Channel> closing = new ConcurrentHashMap<>();
  private final DrainingConnections draining;
  private final Waves waves;
  // Guards started and moves between sockets, retiring and closing; never held while binding,
  // because event loops take it too.
  private final Object table = new Object();
  private final Object idle = new Object(); // signalled by closed connections once waiting
  private final Set<String> held = new HashSet<>(); // guarded by table
  private boolean started; // guarded by table
  private volatile boolean borrowing = true;
  private volatile boolean waiting;
  private volatile boolean ending;

  /**
   * A set that takes a passed socket in place of binding, wherever there is one.
   *
   * @param shedding says when new connections are too much for the memory there is
   * @param inherited by names as {@link #export} gives them
   */
  public ListenerSet(
      EventLoops loops,
      ConnectionRegistry connections,
      Watch<ProcessLimits> limits,
      Shedding shedding,
      Meters meters,
      Clock clock,
      Randomness randomness,
      InheritedSockets inherited) { // eight: what it stands on and what it asks
    this.loops = loops;
    this.connections = connections;
    this.clock = clock;
    this.inherited = inherited;
    this.draining = new DrainingConnections(clock, randomness);
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
      for (BoundSocket socket : sockets.values()) acceptUnlessHeld(socket);
    }
  }

  /**
   * Lets nobody in through these listeners until {@link #release}, also when they are committed or
   * started meanwhile. Who connects waits in the kernel.
   */
  public void hold(Set<String> ids) {
    synchronized (table) {
      held.addAll(ids);
      for (BoundSocket socket : sockets.values()) {
        if (ids.contains(socket.spec().id())) socket.hold();
      }
    }
  }

  /** Undoes {@link #hold}. */
  public void release(Set<String> ids) {
    synchronized (table) {
      held.removeAll(ids);
      if (!started) return;
      for (BoundSocket socket : sockets.values()) {
        if (ids.contains(socket.spec().id())) socket.accept();
      }
    }
  }

  /** Lets nobody in through any listener until {@link #resume}. */
  public void standBy() {
    synchronized (table) {
      for (BoundSocket socket : sockets.values()) socket.hold();
    }
  }

  /** Undoes {@link #standBy}; what is held stays so. */
  public void resume() {
    synchronized (table) {
      if (!started) return;
      for (BoundSocket socket : sockets.values()) acceptUnlessHeld(socket);
    }
  }

  /** Every bound socket, for another process to go on with; ours stay open. */
  public List<PassedSocket> export() {
    synchronized (table) {
      return sockets.values().stream()
          .map(
              socket ->
                  new PassedSocket(
                      socket.key().passedName(), SocketDescriptors.of(socket.channel())))
          .toList();
    }
  }

  /**
   * Parts with every socket: closes the own copies, leaves the files of unix sockets to whoever has
   * the other copies, and drains the connections that came through them, each listener in its time.
   */
  public void letGo() {
    List<BoundSocket> all;
    synchronized (table) {
      started = false;
      ending = true;
      all = List.copyOf(sockets.values());
      sockets.clear();
    }
    Waves.Wave wave = waves.begin();
    for (BoundSocket socket : all) {
      DrainTimes times = socket.spec().limits().drain();
      SocketDescriptors.letGo(socket.channel())
          // On its event loop, so that the last accepted connection is among them.
          .addListener(_ -> draining.tell(socket.openChannels(), times, wave));
    }
  }

  /**
   * From here on the inherited sockets are this process's alone, with the files of unix sockets.
   */
  public void settle() {
    borrowing = false;
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
          problems.add(Binder.twice(spec, other));
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

  /** Whether its end has begun: nothing more is to be bound. */
  boolean ending() {
    return ending;
  }

  /** Listeners as they are now, by id. */
  public List<BoundListener> bound() {
    return BoundListener.of(sockets.values());
  }

  /** Whether connecting there would lead back to one of these listeners; wildcard binds count. */
  public boolean isOwnAddress(InetSocketAddress address) {
    return OwnSockets.listensOn(sockets.values(), address)
        || OwnSockets.listensOn(retiring, address);
  }

  /** Open connections of all listeners. */
  public int openConnections() {
    return gate.openConnections();
  }

  /** Stops accepting and tells every connection; returns when all are closed or time is up. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    long lead =
        Math.min(DrainingConnections.STREAM_END.toNanos(), deadline.remaining().toNanos() / 4);
    Duration untilStreamEnd = deadline.remaining().minusNanos(lead);
    List<BoundSocket> all;
    synchronized (table) {
      started = false;
      ending = true;
      all = List.copyOf(sockets.values());
    }
    Waves.Wave wave = waves.begin();
    for (BoundSocket socket : all) {
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
    Set<BoundSocket> all = new HashSet<>();
    synchronized (table) {
      started = false;
      ending = true;
      all.addAll(sockets.values());
      all.addAll(retiring);
      sockets.clear();
      retiring.clear();
    }
    Set<Channel> ended = draining.open();
    for (BoundSocket socket : all) {
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
    int port = keys.getFirst().port();
    for (int attempt = 1; ; attempt++) {
      for (ListenerKey key : keys) {
        if (change.find(key).isEmpty() && !change.vacate(key)) return;
      }
      Optional<BoundSocket> known = change.find(keys.getFirst());
      List<BoundSocket> opened = new ArrayList<>(keys.size());
      try {
        BoundSocket first =
            known.isPresent() ? known.get() : change.open(keys.getFirst(), port, spec);
        if (known.isEmpty()) opened.add(first);
        int chosen = first.address() instanceof InetSocketAddress bound ? bound.getPort() : 0;
        for (ListenerKey key : keys.subList(1, keys.size())) {
          if (change.find(key).isEmpty())
            bindFurther(key, chosen, spec, change).ifPresent(opened::add);
        }
        return;
      } catch (ConfigException failure) {
        // With port 0 the system chose a port that is taken for one of the others: another one may
        // be free for all of them.
        boolean again = port == 0 && known.isEmpty() && !opened.isEmpty();
        if (!again || attempt == PORT_TRIES_MAX) throw failure;
        opened.forEach(change::undo);
      }
    }
  }

  private static Optional<BoundSocket> bindFurther(
      ListenerKey key, int port, ListenerSpec spec, Change change) throws ConfigException {
    try {
      return Optional.of(change.open(key, port, spec));
    } catch (ConfigException failure) {
      boolean taken = failure.problems().getFirst().code().equals(NetCodes.ADDRESS_IN_USE.id());
      if (taken || !key.dispensable()) throw failure;
      log.atDebug().addKeyValue("listener", spec.id()).log("no IPv6 loopback, IPv4 only");
      return Optional.empty();
    }
  }

  private BoundSocket socket(ListenerKey key, ListenerSpec spec, Binder.Bound bound) {
    if (key instanceof ListenerKey.Udp) {
      DatagramPort port = new DatagramPort(key, spec, bound.channel(), bound.inherited());
      bound.channel().pipeline().addLast("datagrams", port);
      return port;
    }
    ListeningSocket socket =
        new ListeningSocket(
            key, spec, loops, connections, gate, farewells, this::connectionClosed, bound);
    bound.channel().pipeline().addLast("accept", socket);
    return socket;
  }

  private void retire(BoundSocket socket, DrainTimes times, Waves.Wave wave) {
    synchronized (table) {
      sockets.remove(socket.key(), socket);
      retiring.add(socket);
    }
    draining.tell(socket.openChannels(), times, wave);
    socket.retire(() -> retired(socket, times, wave), RETIRE_TICK_MILLIS);
  }

  private void retired(BoundSocket socket, DrainTimes times, Waves.Wave wave) {
    synchronized (table) {
      if (!retiring.remove(socket)) return; // wanted again
      closing.put(socket.key(), socket.channel());
    }
    draining.tell(socket.openChannels(), times, wave); // those the kernel had still in store
    closeSocket(socket);
  }

  private void closeSocket(BoundSocket socket) {
    socket.channel().close().addListener(_ -> closing.remove(socket.key(), socket.channel()));
    boolean othersToo = borrowing && socket.inherited();
    if (socket.key() instanceof ListenerKey.Unix(String path) && !othersToo) {
      try {
        Files.deleteIfExists(Path.of(path));
      } catch (IOException _) {
        log.atDebug().addKeyValue("path", path).log("unix socket file stays");
      }
    }
  }

  private void acceptUnlessHeld(BoundSocket socket) {
    if (!held.contains(socket.spec().id())) socket.accept();
  }

  /**
   * Accepts again when there is room for a reason other than the end of a connection: a raised
   * limit, or sockets to upstreams that were closed. Any thread; cheap.
   */
  public void resumeIfRoom() {
    if (gate.resumes()) sockets.values().forEach(BoundSocket::resume);
  }

  private void connectionClosed() {
    resumeIfRoom();
    if (!waiting) return;
    synchronized (idle) {
      idle.notifyAll();
    }
  }

  /** One change of the list between prepare and commit. */
  private final class Change implements Prepared {
    private final boolean rehearsal;
    private final Map<ListenerKey, BoundSocket> vacated = new LinkedHashMap<>();
    private final Map<ListenerKey, ListenerSpec> wanted = new LinkedHashMap<>();
    private final Map<ListenerKey, BoundSocket> fresh = new HashMap<>();
    private final Map<ListenerKey, BoundSocket> reclaimed = new HashMap<>();

    Change(boolean rehearsal) {
      this.rehearsal = rehearsal;
    }

    /** The socket that already has this address, kept from closing if it was about to. */
    Optional<BoundSocket> find(ListenerKey key) {
      synchronized (table) {
        BoundSocket socket = sockets.get(key);
        if (socket == null) socket = fresh.get(key);
        if (socket == null) socket = reclaimed.get(key);
        if (socket != null) return Optional.of(socket);
        for (BoundSocket leaving : retiring) {
          if (!leaving.key().equals(key)) continue;
          retiring.remove(leaving);
          reclaimed.put(key, leaving);
          return Optional.of(leaving);
        }
        return Optional.empty();
      }
    }

    BoundSocket open(ListenerKey key, int port, ListenerSpec spec) throws ConfigException {
      Channel before = closing.get(key);
      if (before != null) {
        before.closeFuture().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
      }
      OptionalInt given = inherited.take(key.passedName());
      Binder.Bound bound =
          given.isPresent()
              ? binder.adopt(key, given.getAsInt(), spec)
              : binder.bind(key, port, spec);
      BoundSocket socket = socket(key, spec, bound);
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
      List<BoundSocket> inTheWay =
          sockets.values().stream()
              .filter(held -> !wanted.containsKey(held.key()) && Overlap.excludes(held.key(), key))
              .filter(held -> !vacated.containsKey(held.key()))
              .toList();
      if (rehearsal) return inTheWay.isEmpty();
      for (BoundSocket socket : inTheWay) {
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

    private void restore(BoundSocket socket) {
      try {
        socket.reopen(binder.bind(socket.key(), socket.key().port(), socket.spec()));
        synchronized (table) {
          if (started) acceptUnlessHeld(socket);
        }
      } catch (ConfigException failure) {
        sockets.remove(socket.key(), socket);
        log.atError()
            .addKeyValue("listener", socket.spec().id())
            .addKeyValue("why", failure.getMessage())
            .log("listener could not be bound again and is gone");
      }
    }

    void undo(BoundSocket socket) {
      fresh.remove(socket.key(), socket);
      closing.put(socket.key(), socket.channel());
      closeSocket(socket);
    }

    @Override
    public void commit() {
      List<BoundSocket> removed = new ArrayList<>();
      List<BoundSocket> onNewTerms = new ArrayList<>();
      synchronized (table) {
        for (BoundSocket socket : sockets.values()) {
          if (!wanted.containsKey(socket.key())) removed.add(socket);
        }
        sockets.putAll(reclaimed);
        sockets.putAll(fresh);
        wanted.forEach(
            (key, spec) -> {
              BoundSocket socket = sockets.get(key);
              if (socket == null) return; // no IPv6 on this machine
              if (!socket.spec().policy().equals(spec.policy())) onNewTerms.add(socket);
              socket.show(spec);
              if (started) acceptUnlessHeld(socket);
            });
      }
      for (BoundSocket socket : onNewTerms) {
        ListenerSpec spec = socket.spec();
        draining.leave(socket.openChannels(), spec.limits().drain(), spec.policy());
      }
      if (removed.isEmpty()) return;
      Waves.Wave wave = waves.begin();
      for (BoundSocket socket : removed) {
        DrainTimes times = socket.spec().limits().drain();
        if (vacated.containsKey(socket.key())) {
          sockets.remove(socket.key(), socket);
          draining.tell(socket.openChannels(), times, wave);
        } else {
          retire(socket, times, wave);
        }
      }
    }

    @Override
    public void discard() {
      for (BoundSocket socket : List.copyOf(fresh.values())) {
        undo(socket);
        if (!vacated.isEmpty()) {
          socket.channel().closeFuture().awaitUninterruptibly(CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
        }
      }
      vacated.values().forEach(this::restore);
      if (reclaimed.isEmpty()) return;
      Waves.Wave wave = waves.begin();
      for (BoundSocket socket : reclaimed.values()) {
        retire(socket, socket.spec().limits().drain(), wave);
      }
    }
  }
}
