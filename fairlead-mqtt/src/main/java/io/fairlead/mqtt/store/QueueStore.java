package io.fairlead.mqtt.store;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/** What waits for sessions, in the order of its sequence numbers. */
public interface QueueStore {
  /** How far a message is on its way to the client. */
  enum Stage {
    WAITING,
    SENT,
    RELEASED
  }

  /**
   * One message for one session.
   *
   * @param sequence grows within the session
   * @param qos as it is to be delivered
   * @param retain the flag it is delivered with
   * @param subscriptionIds of the filters it came by
   * @param packetId 0 while it waits
   */
  record Entry(
      long sequence,
      Message message,
      int qos,
      boolean retain,
      int[] subscriptionIds,
      Stage stage,
      int packetId) {
    /** The same, further on its way. */
    public Entry advanced(Stage next, int id) {
      return new Entry(sequence, message, qos, retain, subscriptionIds, next, id);
    }
  }

  /**
   * A group's message on its way to one session.
   *
   * @param group number of the group in whose queue it stands
   */
  record Lent(long group, Entry entry) {}

  /**
   * A packet id that a session's client may hold, of a message that went with its group.
   *
   * @param stage as far as {@link #advance} said it was
   */
  record Ended(Stage stage, int packetId) {}

  /**
   * What groups had on its way to one session.
   *
   * @param ended of groups that are gone, by packet id
   */
  record Loans(List<Lent> lent, List<Ended> ended) {}

  /**
   * What a session left.
   *
   * @param underWay what was on its way to its client, in order
   * @param waiting the rest, by number and size only
   */
  record Left(List<Entry> underWay, Stowage waiting) {}

  /**
   * Appends; {@code entry} waits. Put once for each sequence number.
   *
   * @param owner number of a session or a group
   */
  void put(BrokerStore.Batch batch, long owner, Entry entry);

  /**
   * Notes the packet id it was sent under, and later that the client has it. Of a group's messages
   * those of QoS 2 only: any other may go to another member.
   *
   * @param owner whose queue it stands in: the session itself or a group
   */
  void advance(
      BrokerStore.Batch batch, long session, long owner, long sequence, Stage stage, int packetId);

  /**
   * A group's message that was sent to a session is not on its way to it any more; if it stands in
   * the group's queue, it stays there.
   */
  void withdraw(BrokerStore.Batch batch, long session, Stage stage, int packetId);

  /**
   * It is delivered or dropped.
   *
   * @param stage how far {@link #advance} said it was; {@link Stage#WAITING} if it never did
   * @param packetId what it said with it
   */
  void remove(
      BrokerStore.Batch batch, long session, long owner, long sequence, Stage stage, int packetId);

  /** The highest sequence number known to have been used; for the start. Blocks. */
  long lastSequence(long owner);

  /**
   * All that waits for a session or a group, in order; for the start. Of a group without what is on
   * its way to a session that lasts. Blocks.
   */
  List<Entry> read(long owner);

  /** What a session left, without what waits itself; for the start, once. Blocks. */
  Left left(long session);

  /**
   * Whether what waits need not be in memory, too: {@link #fetch} has it when its turn comes. If
   * not, the store itself keeps it in memory.
   */
  boolean pages();

  /**
   * Reads messages that wait for a session.
   *
   * @param sequences of which each was committed and not removed
   * @param executor where {@code then} runs; on it, it may run before this method returns
   * @param then gets them in this order; what is not there is left out. Never called if the store
   *     cannot be read, which fails it, or is closed
   */
  void fetch(long session, long[] sequences, Executor executor, Consumer<List<Entry>> then);

  /** Messages of groups on their way to a session; for the start. Blocks. */
  Loans loans(long session);
}
