package io.fairlead.mqtt.session;

import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.store.Stowage;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Messages for one session: those that wait, and those sent and not acknowledged.
 *
 * <pre>
 * waiting  --sent-->     SENT      (packet id)
 * SENT     --PUBACK-->   done      (QoS 1)
 * SENT     --PUBREC-->   RELEASED  (QoS 2)
 * RELEASED --PUBCOMP-->  done
 * SENT     --connection lost, resumed-->  SENT again, with DUP
 * RELEASED --connection lost, resumed-->  PUBREL again
 * any      --its shared group ended, restart-->  RELEASED, without a message
 * </pre>
 *
 * <p>What waits for a session that is away is left to the store, where it stands anyway, if that
 * can page; it is read when its turn comes.
 *
 * <p>Bounds are the caller's: {@link #waitingCount}, {@link #waitingBytes}. Home thread only.
 */
final class Outbox {
  static final int IDS = Session.MESSAGE_ID_MAX;

  private static final int PAGE = 100;
  private static final long PAGE_BYTES = 1 << 20;

  private static final Message GONE =
      new Message(new byte[0], new byte[0], 2, false, Properties.EMPTY, Message.NEVER, "");

  /** One message for this session. */
  static final class Item {
    final Message message;
    final int qos;
    final boolean retain;
    final int[] subscriptionIds;
    final long sequence; // in the store; 0: not kept there
    final @Nullable TopicFilter group;
    Stage stage = Stage.WAITING;
    boolean releasing; // that it is RELEASED is on its way to the store
    int packetId;
    @Nullable Message shown; // what the client got; null: not sent by this process
    private @Nullable Stage left;
    private long order;

    Item(
        Message message,
        int qos,
        boolean retain,
        int[] subscriptionIds,
        long sequence,
        @Nullable TopicFilter group) {
      this.message = message;
      this.qos = qos;
      this.retain = retain;
      this.subscriptionIds = subscriptionIds;
      this.sequence = sequence;
      this.group = group;
    }

    /** How far its message was when that went with its group; null: it did not. */
    @Nullable Stage left() {
      return left;
    }
  }

  private final Line<Item> waiting = new Line<>(); // QoS 1 and 2
  private final Line<Item> droppable = new Line<>(); // QoS 0
  private final Line<Item> resend = new Line<>();
  private final Inflight inflight = new Inflight();
  private final BrokerMeters meters;
  private final boolean pages;
  private Stowage stowed = new Stowage(); // after all that is in waiting
  private long waitingBytes; // in memory
  private long nextOrder;
  private int onWire;

  /**
   * @param pages whether the store may be left alone with what waits
   */
  Outbox(BrokerMeters meters, boolean pages) {
    this.meters = meters;
    this.pages = pages;
  }

  int waitingCount() {
    return waiting.size() + stowed.size();
  }

  int droppableCount() {
    return droppable.size();
  }

  long waitingBytes() {
    return waitingBytes + stowed.bytes();
  }

  /** Messages with a packet id. */
  int inflightCount() {
    return inflight.size();
  }

  /** Of those, the ones the client got on this connection and has not finished. */
  int onWire() {
    return onWire;
  }

  boolean idle() {
    return !hasWaiting() && droppable.isEmpty() && resend.isEmpty();
  }

  /** Appends, in the store only if it is not to be sent soon and the store can be left with it. */
  void add(Item item, boolean soon) {
    boolean later = !soon || !stowed.isEmpty();
    if (later && stows(item)) stowed.addLast(item.sequence, item.message.bytes());
    else add(item);
  }

  /** Appends, in memory. */
  void add(Item item) {
    (item.qos == 0 ? droppable : waiting).add(item);
    waitingBytes += item.message.bytes();
    meters.queued(item.message.enterQueue());
  }

  @Nullable Item pollWaiting() {
    return unbooked(waiting.poll());
  }

  @Nullable Item pollDroppable() {
    return unbooked(droppable.poll());
  }

  /** The next of those that go out once more; null: the client has finished it meanwhile. */
  @Nullable Item pollResend() {
    Item next = resend.poll();
    return next == null || inflight.get(next.packetId) != next ? null : next;
  }

  boolean hasResend() {
    return !resend.isEmpty();
  }

  boolean hasWaiting() {
    return !waiting.isEmpty() || !stowed.isEmpty();
  }

  /** Whether what waits can go on now: it is in memory. */
  boolean hasNext() {
    return !waiting.isEmpty();
  }

  /** Whether some of what waits is in the store only. */
  boolean stows() {
    return !stowed.isEmpty();
  }

  int stowedCount() {
    return stowed.size();
  }

  /** Leaves that out which is in the store only and would go on next; 0: there is none. */
  long dropStowed() {
    long first = stowed.firstSequence();
    if (first != 0) stowed.removeFirst();
    return first;
  }

  /** What is to be read from the store now; empty: nothing is. */
  long[] wanted() {
    return waiting.size() > PAGE / 2 ? new long[0] : stowed.first(PAGE, PAGE_BYTES);
  }

  /**
   * What was read.
   *
   * @param items in their order, of {@link #wanted} as it was when the reading began
   * @return how many the store did not have
   */
  int fetched(long[] sequences, List<Item> items) {
    int lost = 0;
    int next = 0;
    for (long sequence : sequences) {
      Item item =
          next < items.size() && items.get(next).sequence == sequence ? items.get(next++) : null;
      if (stowed.firstSequence() != sequence) continue; // dropped meanwhile
      stowed.removeFirst();
      if (item == null) lost++;
      else add(item);
    }
    return lost;
  }

  private boolean stows(Item item) {
    return pages && item.qos > 0 && item.sequence != 0 && item.group == null;
  }

  boolean hasDroppable() {
    return !droppable.isEmpty();
  }

  /** Gives it an id that is not in use; there must be one. */
  void send(Item item) {
    inflight.add(item);
    item.stage = Stage.SENT;
    item.order = nextOrder++;
    onWire++;
  }

  /** It went out once more. */
  void sentAgain() {
    onWire++;
  }

  @Nullable Item find(int packetId) {
    return inflight.get(packetId);
  }

  /** The client has finished it. */
  void finish(Item item) {
    inflight.remove(item.packetId);
    onWire = Math.max(0, onWire - 1);
  }

  /** From the store: what waits there. */
  void restore(Stowage waits) {
    stowed = waits;
  }

  /** From the store, in order. */
  void restore(Item item, Stage stage, int packetId) {
    if (stage == Stage.WAITING) {
      add(item);
      return;
    }
    item.stage = stage;
    item.packetId = packetId;
    item.order = nextOrder++;
    inflight.restore(item);
  }

  /**
   * From the store: the message is gone, and the client may hold its packet id. Which would make
   * the next message of that id a repetition to it, so the id is released first.
   *
   * <p>Deviation: PUBREL follows a PUBREC that never came, should the client not have seen the
   * message (MQTT 5.0 §4.3.3). It answers with PUBCOMP in any case.
   */
  void restoreEnded(Stage stage, int packetId) {
    Item item = new Item(GONE, 2, false, new int[0], 0, null);
    item.left = stage;
    restore(item, Stage.RELEASED, packetId);
  }

  /** A new connection: all that is in flight goes out once more, in the order it first did. */
  void resume() {
    onWire = 0;
    resend.clear();
    List<Item> all = inflight.all();
    all.sort(Comparator.comparingLong(item -> item.order));
    for (Item item : all) resend.add(item);
  }

  /** The connection is gone: what may be lost is. */
  List<Item> suspend(boolean keepDroppable) {
    resend.clear();
    onWire = 0;
    for (Item last = waiting.last(); last != null && stows(last); last = waiting.last()) {
      waiting.removeLast();
      var _ = unbooked(last);
      stowed.addFirst(last.sequence, last.message.bytes());
    }
    waiting.shrink();
    if (keepDroppable) return List.of();
    List<Item> lost = droppable.all();
    while (pollDroppable() != null) {}
    droppable.shrink();
    return lost;
  }

  /** Takes out messages of shared groups that others may get instead. */
  List<Item> takeShared(boolean ended) {
    List<Item> taken = new ArrayList<>();
    for (Item item : inflight.all()) if (item.group != null) taken.add(item);
    for (Item item : waiting.all()) if (item.group != null) taken.add(item);
    taken.removeIf(item -> item.stage != Stage.WAITING && item.qos == 2 && !ended);
    for (Item item : taken) {
      if (item.stage == Stage.WAITING) {
        waiting.remove(item);
        unbooked(item);
      } else {
        inflight.remove(item.packetId);
      }
    }
    return taken;
  }

  /** Everything goes; what is in the store only is forgotten. */
  List<Item> clear() {
    stowed.clear();
    List<Item> all = inflight.all();
    for (Item item = pollWaiting(); item != null; item = pollWaiting()) all.add(item);
    for (Item item = pollDroppable(); item != null; item = pollDroppable()) all.add(item);
    inflight.clear();
    resend.clear();
    return all;
  }

  private @Nullable Item unbooked(@Nullable Item item) {
    if (item == null) return null;
    waitingBytes -= item.message.bytes();
    meters.queued(-item.message.leaveQueue());
    return item;
  }
}
