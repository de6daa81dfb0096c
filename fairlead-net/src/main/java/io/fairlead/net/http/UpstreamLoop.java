package io.fairlead.net.http;

import io.fairlead.net.budget.Account;
import io.fairlead.net.http.codec.HeadWriter;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** The part of an {@link UpstreamPool} that belongs to one event loop. Confined to it. */
final class UpstreamLoop {
  /** All keys together: a forward proxy meets endless destinations. */
  static final int IDLE_TOTAL_MAX = 1024;

  private static final int FREE_MAX = 256;

  final HeadWriter writer = new HeadWriter();
  final LoopTick tick;
  private final UpstreamPool pool;
  private final EventLoop loop;
  private final Map<ForwardPlan.Key, ArrayDeque<UpstreamConnection>> idle = new HashMap<>();
  private final Map<ForwardPlan.Key, SharedLine> lines = new HashMap<>();
  private final Map<Long, Set<ForwardPlan.Key>> owned = new HashMap<>();
  private final ArrayDeque<ResponseView> free = new ArrayDeque<>();
  private int idleTotal;

  UpstreamLoop(UpstreamPool pool, EventLoop loop) {
    this.pool = pool;
    this.loop = loop;
    tick = new LoopTick(loop, pool.clock(), Account.unwatched());
  }

  /** Whether this thread is it. */
  boolean serves() {
    return loop.inEventLoop();
  }

  void execute(Runnable task) {
    loop.execute(task);
  }

  void after(long nanos, Runnable task) {
    var _ = loop.schedule(task, nanos, TimeUnit.NANOSECONDS);
  }

  /** Idle connections of that key. */
  int idle(ForwardPlan.Key key) {
    ArrayDeque<UpstreamConnection> line = idle.get(key);
    return line == null ? 0 : line.size();
  }

  boolean serves(EventLoop eventLoop) {
    return loop == eventLoop;
  }

  UpstreamPool pool() {
    return pool;
  }

  /** A way over a connection that is there already; null when there is none. */
  @Nullable UpstreamLeg take(ForwardPlan plan) {
    ForwardPlan.Protocol protocol = plan.wire().protocol();
    if (protocol.mayShare()) {
      SharedLine line = lines.get(plan.key());
      UpstreamLeg leg = line == null ? null : line.open(plan);
      if (leg != null) {
        pool.reusedOne();
        return leg;
      }
      if (protocol != ForwardPlan.Protocol.AUTO) return null;
    }
    UpstreamConnection pooled;
    do {
      pooled = take(plan.key());
    } while (pooled != null && !pooled.usable());
    return pooled;
  }

  /**
   * Makes a connection for somebody.
   *
   * @param fresh whether one that is being made for others will not do
   */
  void dial(Dialling wish, boolean fresh) {
    SharedConnections shared = pool.shared();
    if (shared == null || !wish.plan().mayShare()) {
      wish.start();
    } else {
      lines
          .computeIfAbsent(wish.plan().key(), key -> new SharedLine(this, key, shared))
          .dial(wish, fresh);
    }
  }

  /**
   * Connections of that key are one client's, and end with it.
   *
   * @param client of this loop
   */
  void own(ForwardPlan.Key key, Channel client) {
    Set<ForwardPlan.Key> keys = owned.get(key.owner());
    if (keys == null) {
      keys = new HashSet<>(2);
      owned.put(key.owner(), keys);
      client.closeFuture().addListener(_ -> disown(key.owner()));
    }
    keys.add(key);
  }

  private void disown(long owner) {
    Set<ForwardPlan.Key> keys = owned.remove(owner);
    if (keys == null) return;
    for (ForwardPlan.Key key : keys) {
      ArrayDeque<UpstreamConnection> line = idle.get(key);
      if (line != null) for (UpstreamConnection each : List.copyOf(line)) each.retire();
      SharedLine shared = lines.get(key);
      if (shared != null) shared.retire();
    }
  }

  /** Whether anybody may come for connections of that key. */
  boolean wanted(ForwardPlan.Key key) {
    return key.owner() == 0 || owned.containsKey(key.owner());
  }

  void dialled(Dialling wish, Channel channel) {
    SharedLine line = line(wish);
    if (line == null) wish.own(channel);
    else line.dialled(wish, channel);
  }

  void dialFailed(Dialling wish, ForwardFailure failure) {
    SharedLine line = line(wish);
    if (line == null) wish.failed(failure);
    else line.dialFailed(wish, failure);
  }

  private @Nullable SharedLine line(Dialling wish) {
    return wish.plan().mayShare() ? lines.get(wish.plan().key()) : null;
  }

  /** A line is empty. */
  void leave(SharedLine line) {
    lines.remove(line.key(), line);
  }

  /** The newest idle connection of that key. */
  private @Nullable UpstreamConnection take(ForwardPlan.Key key) {
    ArrayDeque<UpstreamConnection> line = idle.get(key);
    if (line == null) return null;
    UpstreamConnection connection = line.pollLast();
    if (line.isEmpty()) idle.remove(key);
    if (connection == null) return null;
    counted(-1);
    pool.reusedOne();
    return connection;
  }

  /** Keeps a connection; false when there is no room. */
  boolean put(UpstreamConnection connection) {
    if (idleTotal >= IDLE_TOTAL_MAX) return false;
    ArrayDeque<UpstreamConnection> line =
        idle.computeIfAbsent(connection.key(), _ -> new ArrayDeque<>(4));
    if (line.size() >= connection.settings().idleMax()) return false;
    line.addLast(connection);
    counted(1);
    return true;
  }

  /** An idle connection ended. */
  void remove(UpstreamConnection connection) {
    ArrayDeque<UpstreamConnection> line = idle.get(connection.key());
    if (line == null || !line.remove(connection)) return;
    if (line.isEmpty()) idle.remove(connection.key());
    counted(-1);
  }

  /** Any thread. */
  void retire(Predicate<ForwardPlan.Key> keys) {
    if (loop.isShuttingDown()) return;
    loop.execute(
        () -> {
          tick.forEach(
              member -> {
                if (member instanceof UpstreamConnection c && keys.test(c.key())) c.retire();
              });
          for (SharedLine line : List.copyOf(lines.values())) {
            if (keys.test(line.key())) line.retire();
          }
        });
  }

  /** Any thread. */
  void cut(Predicate<ForwardPlan.Key> keys) {
    if (loop.isShuttingDown()) return;
    loop.execute(
        () -> {
          tick.forEach(
              member -> {
                if (member instanceof UpstreamConnection c && keys.test(c.key())) c.cut();
              });
          for (SharedLine line : List.copyOf(lines.values())) {
            if (keys.test(line.key())) line.cut();
          }
        });
  }

  ResponseView borrow() {
    ResponseView view = free.pollLast();
    return view == null ? new ResponseView() : view;
  }

  void giveBack(ResponseView view) {
    if (free.size() < FREE_MAX) free.addLast(view);
  }

  private void counted(int by) {
    idleTotal += by;
    pool.idleChanged(by);
  }
}
