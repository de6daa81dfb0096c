package io.fairlead.net.http;

import io.fairlead.core.dial.DialException;
import io.netty.channel.Channel;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The shared connections of one key on one event loop, and who waits for the next of them. While
 * one is being made, at most {@value #WAITING_MAX} requests wait for it instead of making their
 * own. Confined to the event loop.
 */
final class SharedLine implements SharedConnections.Owner {
  private static final int WAITING_MAX = 1024;

  private final UpstreamLoop loop;
  private final ForwardPlan.Key key;
  private final SharedConnections protocol;
  private final List<SharedConnection> connections = new ArrayList<>(2);
  private final ArrayDeque<Dialling> waiting = new ArrayDeque<>();
  private boolean dialling;

  SharedLine(UpstreamLoop loop, ForwardPlan.Key key, SharedConnections protocol) {
    this.loop = loop;
    this.key = key;
    this.protocol = protocol;
  }

  ForwardPlan.Key key() {
    return key;
  }

  /** A way over the least busy connection; null when there is none with room. */
  @Nullable UpstreamLeg open(ForwardPlan plan) {
    SharedConnection best = null;
    for (int i = 0; i < connections.size(); i++) {
      SharedConnection candidate = connections.get(i);
      if (plan.prefersItsOwn() && !candidate.takesStreams()) continue;
      if (best == null || candidate.active() < best.active()) best = candidate;
    }
    if (best == null) return null;
    UpstreamLeg leg = best.open();
    if (best.crowded() && !dialling && plan.mayShare()) {
      dialling = true; // nobody waits for it yet, but soon somebody would
      new Dialling(null, plan, loop, 0).start();
    }
    return leg;
  }

  /**
   * Makes a connection, or waits for the one that is being made.
   *
   * @param fresh whether it must be a new one
   */
  void dial(Dialling wish, boolean fresh) {
    if (dialling && !fresh && waiting.size() < WAITING_MAX) {
      waiting.add(wish);
      return;
    }
    dialling = true;
    wish.start();
  }

  void dialFailed(Dialling wish, ForwardFailure failure) {
    dialling = false;
    wish.failed(failure);
    Dialling next;
    while ((next = waiting.poll()) != null) next.failed(failure);
    leaveIfUnused();
  }

  /** A channel came. */
  void dialled(Dialling wish, Channel channel) {
    switch (wish.plan().wire().protocol()) {
      case H2C -> begin(wish, channel);
      case AUTO, H2, H1 -> {
        if (protocol.negotiated(channel)) {
          begin(wish, channel);
        } else if (wish.plan().wire().protocol() == ForwardPlan.Protocol.H2) {
          var _ = channel.close();
          dialFailed(wish, unspoken());
        } else {
          dialling = false;
          wish.own(channel);
          Dialling next;
          while ((next = waiting.poll()) != null) next.start();
          leaveIfUnused();
        }
      }
    }
  }

  private void begin(Dialling wish, Channel channel) {
    loop.pool().openedOne();
    protocol.begin(
        channel,
        this,
        connection -> {
          if (connection == null) {
            dialFailed(wish, unspoken());
          } else {
            ready(wish, connection);
          }
        });
  }

  private void ready(Dialling wish, SharedConnection connection) {
    dialling = false;
    connections.add(connection);
    give(wish, connection);
    int count = waiting.size();
    for (int i = 0; i < count; i++) give(waiting.remove(), connection);
    if (!loop.wanted(key)) connection.retire();
  }

  private void give(Dialling wish, SharedConnection connection) {
    if (!wish.awaited()) return;
    UpstreamLeg leg = connection.open();
    if (leg != null) wish.stream(leg);
    else dial(wish, false);
  }

  private ForwardFailure unspoken() {
    return ForwardFailure.of(
        new DialException.Unreachable(key.destination(), false, "it does not speak HTTP/2"));
  }

  // ---- what connections ask for -----------------------------------------------------------

  @Override
  public PoolSettings settings() {
    return loop.pool().settings(key);
  }

  @Override
  public long expiryNanos(long nowNanos) {
    return loop.pool().expiryNanos(settings(), nowNanos);
  }

  @Override
  public void ended(SharedConnection connection) {
    if (connections.remove(connection)) loop.pool().discarded(UpstreamPool.Discard.EXPIRED);
    leaveIfUnused();
  }

  void retire() {
    for (SharedConnection connection : List.copyOf(connections)) connection.retire();
  }

  /** All its connections end now, with the requests they carry. */
  void cut() {
    for (SharedConnection connection : List.copyOf(connections)) connection.cut();
  }

  private void leaveIfUnused() {
    if (connections.isEmpty() && waiting.isEmpty() && !dialling) loop.leave(this);
  }
}
