package io.fairlead.mqtt.delivery;

import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.unit.TimeLimit;
import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.ConnAck;
import io.fairlead.mqtt.codec.Packet.Connect;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.Connection;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.BrokerStore;
import java.time.Duration;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Clients that come and go: takes sessions over, begins and ends them (MQTT 5.0 §3.1.4, §3.14). On
 * the shard's thread.
 */
public final class Arrivals {
  private static final long FOREVER_SECONDS = 0xffff_ffffL;

  /**
   * A client that may come in.
   *
   * @param extra what CONNACK has to say beyond the session
   * @param asksAgain asked first of all: who it is has to be found out once more, and it was sent
   *     back for that
   * @param stillWelcome asked last of all, for it may have lost its right meanwhile: {@code
   *     NOT_AUTHORIZED} where it did, another error where it is only not let in now
   * @param attached called with the session once it is the connection's, after CONNACK was sent;
   *     not called when it is refused, for which the connection was ended
   */
  public record Arrival(
      Connection connection,
      Properties extra,
      BooleanSupplier asksAgain,
      Supplier<ReasonCode> stillWelcome,
      Consumer<Session> attached) {
    /** Of one whose name holds. */
    Arrival(
        Connection connection,
        Properties extra,
        Supplier<ReasonCode> stillWelcome,
        Consumer<Session> attached) {
      this(connection, extra, () -> false, stillWelcome, attached);
    }
  }

  private final BrokerCore core;
  private final Shard shard;

  Arrivals(BrokerCore core, Shard shard) {
    this.core = core;
    this.shard = shard;
  }

  void arrive(Arrival arrival) {
    if (arrival.asksAgain().getAsBoolean()) return;
    Connection next = arrival.connection();
    Connect connect = next.connect();
    String clientId = connect.clientId();
    Shard home = core.claim(clientId, shard);
    if (home != shard) {
      // It began elsewhere while this one was on its way.
      home.executor().execute(() -> home.arrive(arrival));
      return;
    }
    if (clientId.startsWith(LocalLine.ID_PREFIX) && !next.inside()) {
      refuse(next, ReasonCode.CLIENT_ID_NOT_VALID);
      return;
    }
    if (next.inside() ? core.leaving() : core.draining()) {
      boolean elsewhere = core.config().drain().redirect().isPresent();
      refuse(
          next,
          elsewhere ? ReasonCode.USE_ANOTHER_SERVER : ReasonCode.SERVER_BUSY,
          core.redirection());
      return;
    }
    if (core.store().condition() == BrokerStore.Condition.FAILED) {
      refuse(next, ReasonCode.SERVER_UNAVAILABLE);
      return;
    }
    // What it must be told, whatever becomes of the session: before anything of that is touched.
    long seconds = expirySeconds(connect, core.config().session());
    if (!next.takes(new ConnAck(false, ReasonCode.SUCCESS, answer(arrival, seconds, 0)))) {
      refuse(next, ReasonCode.IMPLEMENTATION_SPECIFIC);
      return;
    }
    Session old = shard.table().get(clientId);
    if (old != null && !old.principal().id().equals(next.client().principal().id())) {
      refuse(next, ReasonCode.NOT_AUTHORIZED);
      return;
    }
    BrokerStore.Batch batch = core.store().begin();
    if (old != null) {
      shard.arriving(clientId);
      takeOver(old);
      // In one batch with what takes its place: after a crash it must not be there again.
      if (!old.over() && connect.cleanStart()) old.end(batch);
      shard.arriving(null);
    }
    boolean present = old != null && !old.over();
    if (!present && !core.config().limits().sessions().admits(core.sessions())) {
      if (!batch.isEmpty()) core.store().commit(batch);
      core.meters().rejected(MqttLimit.SESSIONS);
      refuse(next, ReasonCode.QUOTA_EXCEEDED);
      return;
    }
    boolean room =
        present
            || core.sessionsByUser()
                .begin(next.client().principal(), core.config().limits().perUser().sessions());
    if (!room) {
      if (!batch.isEmpty()) core.store().commit(batch);
      core.meters().rejected(MqttLimit.USER_SESSIONS);
      refuse(next, ReasonCode.QUOTA_EXCEEDED);
      return;
    }
    Session session = present && old != null ? old : begin(next);
    session.expect(next);
    enter(arrival, session, present, batch);
  }

  private Session begin(Connection next) {
    String clientId = next.connect().clientId();
    Session session =
        new Session(
            shard, clientId, next.client().principal(), core.store().sessions().nextNumber());
    shard.table().put(clientId, session);
    core.hooks().began(session);
    return session;
  }

  private void takeOver(Session old) {
    old.hurry(); // a good-bye that was said holds
    Optional<Connection> before = old.connection();
    if (before.isEmpty()) return;
    core.hooks().takenOver(old);
    before.get().end(ReasonCode.SESSION_TAKEN_OVER, Properties.EMPTY);
    old.detach(true);
  }

  private void enter(Arrival arrival, Session session, boolean present, BrokerStore.Batch batch) {
    Connection next = arrival.connection();
    Connect connect = next.connect();
    long seconds = expirySeconds(connect, core.config().session());
    if (seconds < wantedSeconds(connect)) core.meters().rejected(MqttLimit.SESSION_EXPIRY);
    // Before it is asked whether the client is still welcome: a revocation finds it, or is seen.
    core.roster().note(session, next.client().principal());
    session.keep(batch, seconds, connect.version().rich());
    session.will().replace(connect.will(), batch, session.persistent());
    long dropped = session.takeDropped();
    core.store()
        .commit(
            batch,
            shard.executor(),
            () -> {
              if (session.over() || !session.expects(next)) {
                // CONNACK has no word for being taken over.
                refuse(next, ReasonCode.IMPLEMENTATION_SPECIFIC);
                return;
              }
              ReasonCode welcome = arrival.stillWelcome().get();
              if (welcome.error()) {
                refuse(next, welcome);
                session.turnAway(welcome == ReasonCode.NOT_AUTHORIZED);
                return;
              }
              next.send(
                  new ConnAck(
                      present && told(connect),
                      ReasonCode.SUCCESS,
                      answer(arrival, seconds, dropped)));
              core.connectedOneMore();
              core.events()
                  .publish(
                      new GatewayEvent.MqttConnected(
                          core.clock().wall(),
                          session.clientId(),
                          next.client().principal().id(),
                          connect.version().word(),
                          present));
              session.attach(next, seconds);
              core.hooks().connected(session, present);
              arrival.attached().accept(session);
              if (next.turnedAway() || next.judgedAgain() && !session.mayGoOn()) {
                shard.cut(session, next, ReasonCode.NOT_AUTHORIZED);
              }
            });
  }

  /** MQTT 3.1 has no word for it. */
  private static boolean told(Connect connect) {
    return connect.version() != io.fairlead.mqtt.codec.MqttVersion.V3_1;
  }

  private Properties answer(Arrival arrival, long seconds, long dropped) {
    Connect connect = arrival.connection().connect();
    if (!connect.version().rich()) return Properties.EMPTY;
    MqttConfig.Protocol rules = arrival.connection().promised(core.config().protocol());
    Properties.Builder answer =
        arrival
            .extra()
            .and()
            .with(PropertyId.RECEIVE_MAXIMUM, rules.receiveMaximum())
            .with(PropertyId.MAXIMUM_PACKET_SIZE, rules.maxPacket().bytes())
            .with(PropertyId.TOPIC_ALIAS_MAXIMUM, rules.topicAliasMax());
    long wanted = connect.properties().number(PropertyId.SESSION_EXPIRY, 0);
    if (wanted != seconds) answer.with(PropertyId.SESSION_EXPIRY, seconds);
    if (rules.maxQos() < 2) answer.with(PropertyId.MAXIMUM_QOS, rules.maxQos());
    if (!rules.retain()) answer.with(PropertyId.RETAIN_AVAILABLE, 0);
    if (!rules.wildcard()) answer.with(PropertyId.WILDCARD_AVAILABLE, 0);
    if (!rules.subscriptionIds()) answer.with(PropertyId.SUBSCRIPTION_ID_AVAILABLE, 0);
    if (!rules.shared()) answer.with(PropertyId.SHARED_AVAILABLE, 0);
    if (dropped > 0) answer.user("fl-dropped", Long.toString(dropped));
    boolean asked = connect.properties().number(PropertyId.REQUEST_RESPONSE_INFO, 0) == 1;
    rules
        .responsePrefix()
        .filter(_ -> asked)
        .ifPresent(
            prefix ->
                answer.with(
                    PropertyId.RESPONSE_INFO, prefix.replace("{clientid}", connect.clientId())));
    return answer.build();
  }

  static long expirySeconds(Connect connect, MqttConfig.Sessions bounds) {
    if (!connect.version().rich()) {
      return connect.cleanStart() ? 0 : seconds(bounds.v3Expiry());
    }
    return capped(wantedSeconds(connect), bounds);
  }

  /** For how long a client wants to be remembered: before version 5 not at all, or always. */
  private static long wantedSeconds(Connect connect) {
    if (!connect.version().rich()) return connect.cleanStart() ? 0 : FOREVER_SECONDS;
    return connect.properties().number(PropertyId.SESSION_EXPIRY, 0);
  }

  private static long capped(long seconds, MqttConfig.Sessions bounds) {
    return Math.min(seconds, seconds(bounds.maxExpiry()));
  }

  private static long seconds(Duration bound) {
    return bound.equals(TimeLimit.NEVER)
        ? FOREVER_SECONDS
        : Math.min(bound.toSeconds(), FOREVER_SECONDS);
  }

  void goodbye(Session session, Connection connection, Packet.Disconnect packet) {
    if (session.connection().orElse(null) != connection) return;
    long wanted = packet.properties().number(PropertyId.SESSION_EXPIRY, -1);
    if (wanted > 0 && session.expirySeconds() == 0) {
      shard.cut(session, connection, ReasonCode.PROTOCOL_ERROR);
      return;
    }
    if (wanted >= 0) {
      long seconds = capped(wanted, core.config().session());
      if (seconds < wanted) core.meters().rejected(MqttLimit.SESSION_EXPIRY);
      BrokerStore.Batch batch = core.store().begin();
      session.keep(batch, seconds, connection.version().rich());
      core.store().commit(batch);
      session.setExpiry(seconds);
    }
    connection.end();
    session.detach(packet.reason() != ReasonCode.SUCCESS);
  }

  private void refuse(Connection next, ReasonCode reason) {
    refuse(next, reason, Properties.EMPTY);
  }

  private void refuse(Connection next, ReasonCode reason, Properties more) {
    core.refused(next.client().remote(), reason);
    if (shard.table().get(next.connect().clientId()) == null) {
      core.release(next.connect().clientId(), shard);
    }
    next.refuse(new ConnAck(false, reason, more));
  }
}
