package io.fairlead.mqtt.delivery;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Connection;
import io.fairlead.mqtt.session.Route;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.Matcher;
import io.fairlead.mqtt.topic.RetainedTree;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicName;
import io.fairlead.mqtt.trace.Traces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;

/** The broker as operators use it. Any thread; answers complete on a shard's thread. */
public final class Desk {
  private final BrokerCore core;

  public Desk(BrokerCore core) {
    this.core = core;
  }

  /** Every session, by client id. */
  public CompletionStage<List<ClientSummary>> clients() {
    List<CompletableFuture<List<ClientSummary>>> parts = new ArrayList<>();
    for (Shard shard : core.shards()) {
      CompletableFuture<List<ClientSummary>> part = new CompletableFuture<>();
      parts.add(part);
      shard
          .executor()
          .execute(() -> part.complete(shard.sessions().stream().map(ClientSummary::of).toList()));
    }
    return CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
        .thenApply(
            _ ->
                parts.stream()
                    .flatMap(part -> part.join().stream())
                    .sorted(Comparator.comparing(ClientSummary::clientId))
                    .toList());
  }

  /**
   * Ends a client's connection.
   *
   * @param sessionToo and forgets all that is kept for it
   * @return whether there was such a session
   */
  public CompletionStage<Boolean> kick(String clientId, boolean sessionToo) {
    return end(clientId, sessionToo, ReasonCode.ADMINISTRATIVE_ACTION, Properties.EMPTY);
  }

  /**
   * Sends a client to another server (MQTT 5.0 §4.11); one before version 5 is only sent away.
   *
   * @param to {@code HOST:PORT}
   * @param forGood it is not to come back
   * @return whether there was such a session
   */
  public CompletionStage<Boolean> redirect(String clientId, String to, boolean forGood) {
    return end(
        clientId,
        false,
        forGood ? ReasonCode.SERVER_MOVED : ReasonCode.USE_ANOTHER_SERVER,
        Properties.of().with(PropertyId.SERVER_REFERENCE, to).build());
  }

  private CompletionStage<Boolean> end(
      String clientId, boolean sessionToo, ReasonCode reason, Properties more) {
    Shard shard = core.find(clientId).orElse(null);
    if (shard == null) return CompletableFuture.completedStage(false);
    CompletableFuture<Boolean> done = new CompletableFuture<>();
    shard
        .executor()
        .execute(
            () -> {
              Session session = shard.session(clientId).orElse(null);
              if (session != null) {
                session.connection().ifPresent(now -> shard.cut(session, now, reason, more));
                if (sessionToo) session.end();
              }
              done.complete(session != null);
            });
    return done;
  }

  /**
   * Looks at every connected client again after rights may have changed, and ends the connections
   * of those that lost one they use: the login itself, a subscription, or the topic of their will.
   *
   * @param renewed the client as it is known now
   */
  public void recheck(Predicate<MqttClient> lost, UnaryOperator<MqttClient> renewed) {
    for (Shard shard : core.shards()) {
      shard
          .executor()
          .execute(
              () -> {
                for (Session session : List.copyOf(shard.sessions())) {
                  // One on its way in may be waiting for the store.
                  session
                      .coming()
                      .ifPresent(
                          next -> {
                            next.judgeAgain(lost.test(next.client()));
                            next.become(renewed.apply(next.client()));
                          });
                  Connection now = session.connection().orElse(null);
                  if (now == null) continue;
                  boolean gone = lost.test(now.client());
                  if (!gone) now.become(renewed.apply(now.client()));
                  if (gone || !session.mayGoOn()) {
                    shard.cut(session, now, ReasonCode.NOT_AUTHORIZED);
                  }
                }
              });
    }
  }

  /**
   * Every session leaves this process, and clients are told; waits until the last has.
   *
   * @throws InterruptedException while it waited
   */
  public void leave(Deadline deadline) throws InterruptedException {
    List<CompletableFuture<Void>> parts = new ArrayList<>();
    for (Shard shard : core.shards()) {
      CompletableFuture<Void> part = new CompletableFuture<>();
      parts.add(part);
      shard
          .executor()
          .execute(
              () -> {
                shard.leave();
                part.complete(null);
              });
    }
    try {
      CompletableFuture.allOf(parts.toArray(CompletableFuture[]::new))
          .get(Math.max(1, deadline.remaining().toMillis()), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | TimeoutException _) {
      // What was acknowledged is in the store; who is not told sees the connection close.
    }
  }

  /**
   * Lets no client in any more, and those there are go: each is told at its time within {@code
   * drain.spread}, after what waits for it. Bridges stay. Goes on until {@link #admit}.
   */
  public void drain() {
    core.shut(true);
    long spread = core.config().drain().spread().toNanos();
    for (Shard shard : core.shards()) shard.executor().execute(() -> letGo(shard, spread));
  }

  private static void letGo(Shard shard, long spreadNanos) {
    List<Session> there =
        shard.sessions().stream()
            .filter(each -> each.connection().filter(now -> !now.inside()).isPresent())
            .toList();
    for (int i = 0; i < there.size(); i++) {
      Session session = there.get(i);
      Connection connection = session.connection().orElseThrow();
      Duration delay = Duration.ofNanos(spreadNanos / there.size() * i);
      var _ = shard.timers().after(delay, () -> shard.letGo(session, connection));
    }
  }

  /** Lets clients in again after {@link #drain}. */
  public void admit() {
    core.shut(false);
  }

  /** Whether clients are let go and none is let in. */
  public boolean draining() {
    return core.draining();
  }

  /** Clients connected now. */
  public long connected() {
    return core.connected();
  }

  /**
   * What follows a topic of those with a retained message, each level before those below it.
   *
   * @param above empty: the first levels
   */
  public List<RetainedTree.Level<Message>> topics(Optional<TopicName> above, int depth, int most) {
    return core.retention().below(above, depth, most);
  }

  /** What single clients say and are told. */
  public Traces traces() {
    return core.traces();
  }

  /** Retained messages that a filter means, at most so many. */
  public List<Message> retained(TopicFilter filter, int most) {
    return core.retention().list(filter, most);
  }

  /** Removes them; returns how many. */
  public int deleteRetained(TopicFilter filter) {
    return core.retention().delete(filter);
  }

  /** Tells whether any session has subscribed to a topic; for one thread. */
  public Predicate<byte[]> listeners() {
    Matcher<Session> matcher = core.tree().matcher();
    return topic -> !matcher.match(topic, 0, topic.length).isEmpty();
  }

  /** A message of the broker itself. */
  public void publish(Message message) {
    Shard shard = shardOf(message);
    shard.executor().execute(() -> shard.publish(message));
  }

  /**
   * The same for who wants to know: messages of one topic stay in order.
   *
   * @return completes once the message is as safe as the store promises, with an error where nobody
   *     got it; never, if the store fails or is closed first
   */
  public CompletionStage<ReasonCode> deliver(Message message) {
    if (message.qos() > 0 && core.store().condition() != BrokerStore.Condition.SOUND) {
      return CompletableFuture.completedStage(ReasonCode.QUOTA_EXCEEDED);
    }
    CompletableFuture<ReasonCode> accepted = new CompletableFuture<>();
    Shard shard = shardOf(message);
    shard.executor().execute(() -> deliver(message, shard, accepted));
    return accepted;
  }

  private void deliver(Message message, Shard shard, CompletableFuture<ReasonCode> accepted) {
    BrokerStore.Batch batch = core.store().begin();
    Route route = shard.route(null, message, batch);
    core.store()
        .commit(
            batch,
            shard.executor(),
            () -> {
              route.deliver();
              accepted.complete(route.reason());
            });
  }

  private Shard shardOf(Message message) {
    int hash = java.util.Arrays.hashCode(message.topic());
    return core.shard(Math.floorMod(hash, core.shards().size()));
  }
}
