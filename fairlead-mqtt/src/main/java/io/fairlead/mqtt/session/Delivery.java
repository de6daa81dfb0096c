package io.fairlead.mqtt.session;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.Packet.Ack;
import io.fairlead.mqtt.codec.PacketType;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.session.BrokerMeters.Drop;
import io.fairlead.mqtt.session.Outbox.Item;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.topic.HandOver;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The way of messages to the session's client: sent while its window and the connection allow, else
 * kept within bounds. Home thread only, but for the counts.
 */
final class Delivery {
  private static final long STANDSTILL_NANOS = 200_000_000;

  private final Session session;
  private final SessionHost host;
  private final Outbox box;
  private final RetainedFeeds feeds;
  private final Line<TopicFilter> sharedFilters = new Line<>();
  private @Nullable Connection connection;
  private final SendWindow window;
  private long droppedSinceTold;
  private final Places places = new Places();
  private final StoreNotes notes;
  private final ReceiveCheck check;
  private boolean pumping;
  private boolean fetching;
  private long resumedNanos;
  private volatile int inflight;
  private volatile int queued;
  private volatile boolean inside; // its client is part of this process
  private volatile boolean catchingUp; // with what came while it was away
  private volatile long movedNanos; // when the client last took something of a long queue

  Delivery(Session session, SessionHost host) {
    this.session = session;
    this.host = host;
    this.box = new Outbox(host.meters(), host.store().queues().pages());
    this.window = new SendWindow(host.meters());
    this.notes = new StoreNotes(session, host);
    this.check = new ReceiveCheck(session, host);
    this.feeds = new RetainedFeeds(session, host);
  }

  /** Any thread. */
  boolean room() {
    return inflight < Math.max(1, window.size()) && queued == 0;
  }

  /** Any thread. */
  int inflight() {
    return inflight;
  }

  /** Any thread. */
  int queued() {
    return queued;
  }

  /** Any thread. */
  boolean full() {
    MqttConfig.Queue bounds = host.config().session().queue();
    return queued >= (online() ? bounds.online() : bounds.offline());
  }

  /**
   * Whether more waits than half of what may, for a client that takes it, only not fast enough. One
   * that stands still is not waited for. Any thread.
   */
  boolean pressed() {
    return session.connected()
        && queued > host.config().session().queue().online() / 2
        && host.clock().nanos() - movedNanos < STANDSTILL_NANOS;
  }

  /** Promises a place in the queue; false: there is none. Any thread. */
  boolean promise(Message message) {
    MqttConfig.Queue bounds = host.config().session().queue();
    // One that stores and forwards never holds up who publishes: its oldest goes.
    if (inside) return places.promise(message.bytes(), Integer.MAX_VALUE, Long.MAX_VALUE);
    return online()
        ? places.promise(message.bytes(), bounds.online(), bounds.onlineBytes().bytes())
        : places.promise(message.bytes(), bounds.offline(), bounds.offlineBytes().bytes());
  }

  /**
   * Whether the bounds of those that are there apply. Not for a bridge, which stores and forwards:
   * a slow line must not cost what an absent one keeps. Nor while more than half of that waits
   * since the client was away: coming back loses nothing. Any thread.
   */
  private boolean online() {
    return session.connected() && !inside && !catchingUp;
  }

  /** A message that was promised a place will not come. Any thread. */
  void unpromise(Message message) {
    places.release(message.bytes());
  }

  long takeDropped() {
    long dropped = droppedSinceTold;
    droppedSinceTold = 0;
    return dropped;
  }

  void resume(Connection next) {
    connection = next;
    inside = next.inside();
    resumedNanos = host.clock().nanos();
    window.open(next, host.config().session());
    box.resume();
    catchingUp = overHalf();
    pump();
  }

  private boolean overHalf() {
    MqttConfig.Queue queue = host.config().session().queue();
    return box.waitingCount() > queue.online() / 2
        || box.waitingBytes() > queue.onlineBytes().bytes() / 2;
  }

  void suspend() {
    connection = null;
    feeds.suspend();
    boolean keeps = session.expirySeconds() > 0 && host.config().session().queueQos0();
    for (Item item : box.suspend(keeps)) drop(item, Drop.OFFLINE);
    passOnShared(false);
    count();
  }

  void clear() {
    feeds.clear();
    passOnShared(true);
    for (int i = box.stowedCount(); i > 0; i--) host.meters().dropped(Drop.SESSION_ENDED);
    for (Item item : box.clear()) {
      if (item.qos > 0 && item.left() == null) host.meters().dropped(Drop.SESSION_ENDED);
    }
    count();
  }

  /** What the store has for it. */
  long restore(long number) {
    long last = new Restoring(host, box).from(number);
    count();
    return last;
  }

  /** Whether some of what waits is in the store only. */
  boolean stows() {
    return box.stows();
  }

  /** Nothing is lost: another process goes on with it. */
  void leave() {
    feeds.clear();
    var _ = box.clear(); // they are in the store
    count();
  }

  /** Retained messages that were subscribed to. */
  RetainedFeeds feeds() {
    return feeds;
  }

  /** The session is a member of that shared group, or not any more. */
  void member(TopicFilter group, boolean is) {
    sharedFilters.remove(group);
    if (is) sharedFilters.add(group);
  }

  void deliver(
      Message message,
      int qos,
      boolean retain,
      int[] ids,
      long sequence,
      @Nullable TopicFilter group,
      boolean promised) {
    Connection now = connection;
    if (session.over()) {
      if (group != null) host.passOn(group, message, sequence);
      return;
    }
    if (qos == 0 && now != null && !box.hasDroppable() && now.writable()) {
      transmitDroppable(now, message, retain, ids);
      return;
    }
    Item item = new Item(message, qos, retain, ids, sequence, group);
    if (qos == 0) {
      addDroppable(now, item);
    } else if (now == null && group != null) {
      host.passOn(group, message, sequence);
    } else if (now != null && sendable(now) && !box.hasWaiting() && !box.hasResend()) {
      transmit(now, item);
    } else if (promised && !inside) {
      add(item, online());
    } else {
      enqueue(item);
    }
    count();
  }

  /** Sends what can be sent. */
  void pump() {
    Connection now = connection;
    if (now == null || pumping) return;
    pumping = true; // what is sent may be acknowledged by a commit that is done at once
    try {
      while (box.hasResend() && sendable(now)) sendAgain(now);
      do {
        while (!box.hasResend() && box.hasNext() && sendable(now)) {
          Item item = box.pollWaiting();
          if (item != null) transmit(now, item);
        }
      } while (fetchedAtOnce() && sendable(now));
      while (box.hasDroppable() && now.writable()) {
        Item item = box.pollDroppable();
        if (item != null) transmitDroppable(now, item.message, item.retain, item.subscriptionIds);
      }
      while (!feeds.isEmpty() && box.idle() && now.writable()) page(now);
      takeShared(now);
    } finally {
      pumping = false;
    }
    count();
  }

  /** Looks after what is in the store only; whether some of it is here already. */
  private boolean fetchedAtOnce() {
    if (fetching || !box.stows()) return false;
    long[] wanted = box.wanted();
    if (wanted.length == 0) return false;
    fetching = true;
    host.store()
        .queues()
        .fetch(session.number(), wanted, host.executor(), found -> fetched(wanted, found));
    return !fetching && box.hasNext();
  }

  private void fetched(long[] wanted, List<QueueStore.Entry> found) {
    fetching = false;
    List<Item> items = new ArrayList<>(found.size());
    for (QueueStore.Entry entry : found) items.add(Restoring.item(entry));
    for (int i = box.fetched(wanted, items); i > 0; i--) host.meters().dropped(Drop.STORE);
    pump(); // nothing, if this is within one
  }

  void onPubAck(Connection now, Ack ack) {
    Item item = box.find(ack.packetId());
    if (item == null) return;
    if (item.qos != 1) {
      session.fail(now, ReasonCode.PROTOCOL_ERROR);
      return;
    }
    if (ack.reason().error()) host.meters().dropped(Drop.REFUSED_BY_CLIENT);
    finish(item);
  }

  void onPubRec(Connection now, Ack ack) {
    Item item = box.find(ack.packetId());
    if (item == null) {
      now.ack(PacketType.PUBREL, ack.packetId(), ReasonCode.PACKET_ID_NOT_FOUND);
      return;
    }
    if (item.qos != 2) {
      session.fail(now, ReasonCode.PROTOCOL_ERROR);
      return;
    }
    if (ack.reason().error()) {
      host.meters().dropped(Drop.REFUSED_BY_CLIENT);
      finish(item);
      return;
    }
    if (item.stage == Stage.RELEASED) { // it says so again: the store knows, or is being told
      release(now, item);
      return;
    }
    item.stage = Stage.RELEASED;
    item.releasing = true;
    moved();
    notes.advanced(
        item,
        () -> {
          item.releasing = false;
          if (connection != null && box.find(item.packetId) == item) release(connection, item);
        });
  }

  /** Not before the store knows. */
  private static void release(Connection now, Item item) {
    if (item.releasing) return;
    now.ack(PacketType.PUBREL, item.packetId, ReasonCode.SUCCESS);
  }

  void onPubComp(Ack ack) {
    Item item = box.find(ack.packetId());
    if (item != null && item.qos == 2) finish(item);
  }

  private boolean sendable(Connection now) {
    return window.admits(box.onWire()) && box.inflightCount() < Outbox.IDS && now.writable();
  }

  private void transmitDroppable(Connection now, Message message, boolean retain, int[] ids) {
    Message leaving = check.leaving(now, message, 0, ids);
    if (leaving == null) return;
    now.publish(leaving, 0, false, retain, 0, ids, wall(leaving));
    sent(message, 0);
  }

  private void sent(Message message, int qos) {
    host.meters().sent(qos);
    long from = message.timedFromNanos();
    // What waited for the client to come back says nothing about the broker.
    if (from != 0 && from - resumedNanos >= 0) host.meters().delivered(host.clock().nanos() - from);
  }

  private void transmit(Connection now, Item item) {
    Message leaving = check.leaving(now, item.message, item.qos, item.subscriptionIds);
    if (leaving == null) {
      notes.forget(item);
      return;
    }
    item.shown = leaving;
    box.send(item);
    Runnable write =
        () -> {
          if (connection != now) return; // it goes out again when the client is back
          now.publish(
              leaving,
              item.qos,
              false,
              item.retain,
              item.packetId,
              item.subscriptionIds,
              wall(leaving));
          sent(item.message, item.qos);
        };
    if (item.sequence == 0) {
      write.run();
    } else if (item.qos == 2) {
      notes.advanced(item, write);
    } else {
      notes.note(item);
      write.run();
    }
  }

  private void sendAgain(Connection now) {
    Item item = box.pollResend();
    if (item == null) return;
    box.sentAgain();
    if (item.stage == Stage.RELEASED) {
      release(now, item);
      return;
    }
    Message again = item.shown;
    if (again == null) {
      again = check.changed(now, item.message, item.qos, item.subscriptionIds);
      if (again == null) {
        withdraw(now, item);
        return;
      }
      item.shown = again;
    } else if (!now.fits(again, item.qos, again.expires(), item.subscriptionIds)) {
      host.meters().dropped(Drop.TOO_LARGE); // it takes less than the connection before
      withdraw(now, item);
      return;
    }
    now.publish(
        again, item.qos, true, item.retain, item.packetId, item.subscriptionIds, wall(again));
    host.meters().sent(item.qos);
  }

  /**
   * It left before and is not to leave any more. Who may have it of QoS 2 is told to forget its id,
   * which would make the next message of that id a repetition.
   */
  private void withdraw(Connection now, Item item) {
    if (item.qos == 1) {
      finish(item);
      return;
    }
    item.stage = Stage.RELEASED;
    item.releasing = true;
    notes.advanced(
        item,
        () -> {
          item.releasing = false;
          if (connection == now && box.find(item.packetId) == item) release(now, item);
        });
  }

  private void addDroppable(@Nullable Connection now, Item item) {
    boolean kept = now != null || session.persistent() && host.config().session().queueQos0();
    if (!kept) {
      drop(item, Drop.OFFLINE);
    } else if (box.droppableCount() >= host.config().session().queue().qos0()) {
      drop(item, Drop.QUEUE_FULL);
    } else {
      box.add(item);
    }
  }

  private void enqueue(Item item) {
    MqttConfig.Queue bounds = host.config().session().queue();
    boolean online = online();
    int countMax = online ? bounds.online() : bounds.offline();
    long bytesMax = (online ? bounds.onlineBytes() : bounds.offlineBytes()).bytes();
    int bytes = item.message.bytes();
    while (box.waitingCount() >= countMax || box.waitingBytes() + bytes > bytesMax) {
      switch (inside ? MqttConfig.WhenFull.DROP_OLDEST : bounds.full()) {
        case DROP_NEWEST, REJECT -> {
          drop(item, Drop.QUEUE_FULL);
          return;
        }
        case DISCONNECT -> {
          drop(item, Drop.QUEUE_FULL);
          overflow();
          return;
        }
        case DROP_OLDEST -> {
          if (!dropOldest()) { // larger than the whole queue
            drop(item, Drop.QUEUE_FULL);
            return;
          }
        }
      }
    }
    add(item, online);
  }

  private boolean dropOldest() {
    Item oldest = box.pollWaiting();
    if (oldest != null) {
      drop(oldest, Drop.QUEUE_FULL);
      return true;
    }
    long stowed = box.dropStowed();
    if (stowed == 0) return false;
    dropped(1, Drop.QUEUE_FULL);
    notes.forget(stowed);
    return true;
  }

  private void add(Item item, boolean online) {
    box.add(item, online);
    int half = host.config().session().queue().online() / 2;
    if (online && box.waitingCount() == half + 1) movedNanos = host.clock().nanos();
  }

  /** The client learns by Session Present that it missed something. */
  private void overflow() {
    Connection now = connection;
    if (now != null) missed(now);
    // Not from within a delivery: others may be walking the session's structures.
    host.executor()
        .execute(
            () -> {
              // Another may have come meanwhile, to the session that ends now.
              session.connection().ifPresent(Delivery::missed);
              session.detach(true);
              session.end();
            });
  }

  private static void missed(Connection now) {
    now.end(ReasonCode.QUOTA_EXCEEDED, Properties.EMPTY);
  }

  private void finish(Item item) {
    moved();
    box.finish(item);
    notes.forget(item);
    pump();
  }

  private void drop(Item item, Drop reason) {
    dropped(item.qos, reason);
    notes.forget(item);
  }

  private void dropped(int qos, Drop reason) {
    host.meters().dropped(reason);
    if (qos > 0 && droppedSinceTold++ == 0 && reason == Drop.QUEUE_FULL) host.queueFull(session);
  }

  private void page(Connection now) {
    feeds.page(box);
    while (box.hasNext() && sendable(now)) {
      Item item = box.pollWaiting();
      if (item != null) transmit(now, item);
    }
    while (box.hasDroppable() && now.writable()) {
      Item item = box.pollDroppable();
      if (item != null) transmitDroppable(now, item.message, item.retain, item.subscriptionIds);
    }
  }

  private void takeShared(Connection now) {
    int without = 0;
    while (without < sharedFilters.size()
        && window.room(box.onWire())
        && sendable(now)
        && !box.hasWaiting()) {
      TopicFilter group = sharedFilters.poll();
      if (group == null) return;
      sharedFilters.add(group);
      Optional<Waiting> next = host.waiting(group);
      SubscribeOptions options = session.subscriptions().get(group);
      if (next.isEmpty() || options == null) {
        next.ifPresent(back -> host.waits(group, back));
        without++;
        continue;
      }
      Message message = next.get().message();
      int qos = Math.min(message.qos(), options.qos());
      int[] ids = options.identifiers();
      boolean retain = options.retainAsPublished() && message.retain();
      Item item = new Item(message, qos, retain, ids, next.get().sequence(), group);
      if (qos == 0) {
        transmitDroppable(now, message, retain, ids);
        notes.forget(item);
      } else {
        transmit(now, item);
      }
    }
  }

  private void passOnShared(boolean ended) {
    for (Item item : box.takeShared(ended)) {
      boolean sent = item.stage != Stage.WAITING;
      TopicFilter group = item.group;
      if (group == null) continue;
      if (HandOver.afterLoss(item.qos, sent, ended) == HandOver.ANOTHER_MEMBER) {
        host.passOn(group, item.message, item.sequence);
      } else {
        notes.forget(item);
      }
    }
  }

  private long wall(Message message) {
    return message.expires() ? session.wallMillis() : 0;
  }

  /** Reads the clock only where somebody asks for it. */
  private void moved() {
    if (box.waitingCount() > host.config().session().queue().online() / 2) {
      movedNanos = host.clock().nanos();
    }
  }

  private void count() {
    if (catchingUp && !overHalf()) catchingUp = false;
    inflight = box.inflightCount();
    queued = box.waitingCount();
    places.standing(queued, box.waitingBytes());
  }
}
