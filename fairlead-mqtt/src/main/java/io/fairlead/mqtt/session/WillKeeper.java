package io.fairlead.mqtt.session;

import io.fairlead.core.time.Timers;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.PropertyId;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.WillStore;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The will of a client: kept during the connection, published when it is lost, after the delay the
 * client asked for or when the session ends, whichever is first (MQTT 5.0 §3.1.3.2.2). Home thread
 * only.
 */
public final class WillKeeper {
  private final Session session;
  private final SessionHost host;
  private WillStore.@Nullable Stored will;
  private Timers.@Nullable Handle timer;

  WillKeeper(Session session, SessionHost host) {
    this.session = session;
    this.host = host;
  }

  /** What the client says now; the will of an earlier connection is void. */
  public void replace(Optional<Packet.Will> next, BrokerStore.Batch batch, boolean kept) {
    cancel();
    will = next.map(this::of).orElse(null);
    if (!kept) return;
    if (will == null) {
      session.store().wills().delete(batch, session.number());
    } else {
      session.store().wills().put(batch, session.number(), will);
    }
  }

  /** The connection is gone without a good-bye. */
  void arm(long sessionSeconds) {
    WillStore.Stored now = will;
    if (now == null) return;
    long delay = Math.min(now.delaySeconds(), sessionSeconds);
    if (delay == 0) {
      publish();
      return;
    }
    long due = session.wallMillis() + delay * 1000;
    will = new WillStore.Stored(now.message(), now.delaySeconds(), now.expirySeconds(), due);
    BrokerStore.Batch batch = session.store().begin();
    session.store().wills().put(batch, session.number(), will);
    session.store().commit(batch);
    timer = host.timers().after(Duration.ofSeconds(delay), this::publish);
  }

  /** Whether it waits for its delay. */
  public boolean pending() {
    return timer != null;
  }

  /** The client said good-bye, or came back. */
  public void forget() {
    cancel();
    if (will == null) return;
    will = null;
    removeStored();
  }

  /** Nothing to wait for any more. */
  public void sessionEnds() {
    if (timer != null) publish();
    will = null;
  }

  /** Nothing is published and nothing forgotten: another process goes on. */
  void leave() {
    cancel();
    will = null;
  }

  void restore(long number) {
    WillStore.Stored stored = session.store().wills().read(number).orElse(null);
    will = stored;
    if (stored == null) return;
    // Without a due time the broker went away under the connection: its delay begins now.
    // A clock that was set back must not make it longer.
    long delay = stored.delaySeconds() * 1000;
    long left =
        stored.dueAtMillis() == Message.NEVER
            ? delay
            : Math.min(delay, stored.dueAtMillis() - session.wallMillis());
    timer = host.timers().after(Duration.ofMillis(Math.max(0, left)), this::publish);
  }

  private void publish() {
    WillStore.Stored due = will;
    cancel();
    will = null;
    if (due == null) return;
    Message message = due.message();
    long expires =
        due.expirySeconds() < 0 ? Message.NEVER : session.wallMillis() + due.expirySeconds() * 1000;
    Message left =
        new Message(
            message.topic(),
            message.payload(),
            message.qos(),
            message.retain(),
            message.properties(),
            expires,
            message.publisher());
    Hooks hooks = host.hooks();
    if (!hooks.reviewsMessages()) {
      publish(hooks.incoming(session, left, true));
      return;
    }
    var _ = // whoever answers is outside: the future does not fail
        hooks
            .reviewed(session, left, true)
            .thenAccept(said -> host.executor().execute(() -> publish(said.orElse(null))));
  }

  /**
   * @param said null: it goes no further
   */
  private void publish(@Nullable Message said) {
    BrokerStore.Batch batch = session.store().begin();
    // The client may be back with another will, which stands there now.
    if (session.persistent() && will == null) {
      session.store().wills().delete(batch, session.number());
    }
    if (said == null || said == Hooks.REFUSED) {
      session.store().commit(batch);
      return;
    }
    Route route = host.route(session, said, batch);
    session.store().commit(batch, host.executor(), route::deliver);
  }

  private WillStore.Stored of(Packet.Will said) {
    return new WillStore.Stored(
        new Message(
            said.topic(),
            said.payload(),
            said.qos(),
            said.retain(),
            said.properties()
                .only(id -> id != PropertyId.WILL_DELAY && id != PropertyId.MESSAGE_EXPIRY),
            Message.NEVER,
            session.clientId()),
        said.properties().number(PropertyId.WILL_DELAY, 0),
        said.properties().number(PropertyId.MESSAGE_EXPIRY, -1),
        Message.NEVER);
  }

  private void cancel() {
    if (timer != null) timer.cancel();
    timer = null;
  }

  private void removeStored() {
    if (!session.persistent()) return;
    BrokerStore.Batch batch = session.store().begin();
    session.store().wills().delete(batch, session.number());
    session.store().commit(batch);
  }
}
