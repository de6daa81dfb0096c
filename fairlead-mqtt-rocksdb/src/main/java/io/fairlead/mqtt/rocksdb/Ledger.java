package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.QueueStore.Stage;
import io.fairlead.mqtt.store.Stowage;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * What a change means in rows, given the sessions and groups there are. The only place where rows
 * are decided. Changed by the writing thread only, once the store is open; others may look at what
 * nothing is written of.
 */
final class Ledger {
  /** Where rows go. */
  interface Sink {
    void put(Family family, byte[] key, byte[] value) throws RocksDBException;

    void delete(Family family, byte[] key) throws RocksDBException;

    /** Of a row that was put exactly once since the last time. */
    void singleDelete(Family family, byte[] key) throws RocksDBException;

    /** All rows of a session. */
    void deleteAll(Family family, long number) throws RocksDBException;
  }

  /** What is remembered of one session or group. */
  static final class Owner {
    long head = 1; // no lower sequence number waits
    long last; // the highest that was seen
    long waiting;
    private int families; // that may have rows of it, as bits
    private @Nullable Map<Long, Shared> shared; // by sequence, since the store was opened
    private @Nullable FoundShares found; // likewise, from before
    private @Nullable Stowage left; // of a session, until it is asked for
    private boolean group;
    private Set<Long> lent = Set.of(); // of a group, when the store was opened

    void saw(Family family) {
      families |= 1 << family.ordinal();
    }

    boolean has(Family family) {
      return (families & 1 << family.ordinal()) != 0;
    }

    void lends(long sequence) {
      if (lent.isEmpty()) lent = new HashSet<>();
      lent.add(sequence);
    }

    void shares(long sequence, Shared message) {
      if (shared == null) shared = new HashMap<>();
      shared.put(sequence, message);
    }
  }

  /** A message that waits was found when the store was opened. */
  static final class Finding {
    private final Ledger ledger;
    private long number;
    private @Nullable Owner owner;
    private long[] places = new long[64];
    private int count;
    private final FoundShares.Making shares = new FoundShares.Making();

    Finding(Ledger ledger) {
      this.ledger = ledger;
    }

    /**
     * Of one owner after the other, each in order.
     *
     * @param shared null: it is nobody else's
     */
    void found(long of, long sequence, int bytes, @Nullable Shared shared) {
      Owner now = owner;
      if (now == null || of != number) now = begin(of);
      now.waiting++;
      now.last = Math.max(now.last, sequence);
      if (shared != null) {
        shared.owners++;
        shares.add(sequence, shared);
      }
      if (now.group) return;
      if (count == places.length) places = Arrays.copyOf(places, count * 2);
      places[count++] = Stowage.place(sequence, bytes);
    }

    private Owner begin(long of) {
      end();
      Owner now = ledger.owners.get(of);
      if (now == null) throw new Rows.BadRowException(NOBODYS);
      number = of;
      owner = now;
      now.saw(Family.QUEUE);
      return now;
    }

    void end() {
      Owner now = owner;
      if (now == null) return;
      if (count > 0) now.left = new Stowage(Arrays.copyOf(places, count));
      now.found = shares.made();
      count = 0;
      owner = null;
    }
  }

  static final String NOBODYS = "something belongs to a session that is not there";

  private static final Family[] OF_OWNERS = {
    Family.SUB, Family.QUEUE, Family.INFLIGHT, Family.INBOUND
  };

  private final Map<Long, Owner> owners = new ConcurrentHashMap<>();

  /** What there is when the store is opened. */
  Owner known(long number) {
    return owners.computeIfAbsent(number, _ -> new Owner());
  }

  /** A group, when the store is opened. */
  void knownGroup(long number) {
    known(number).group = true;
  }

  /** What waited for a session when the store was opened, in order; given away. */
  Stowage leftOf(long number) {
    Owner owner = owners.get(number);
    Stowage left = owner == null ? null : owner.left;
    if (owner == null || left == null) return new Stowage();
    owner.left = null;
    return left;
  }

  @Nullable Owner find(long number) {
    return owners.get(number);
  }

  /** Whether it may have rows there. */
  boolean has(long number, Family family) {
    Owner owner = owners.get(number);
    return owner != null && owner.has(family);
  }

  /** Where its queue begins; 0: nothing waits in it. */
  long headOf(long number) {
    Owner owner = owners.get(number);
    return owner == null || owner.waiting <= 0 ? 0 : owner.head;
  }

  /** What of a group's queue was on its way to a session when the store was opened. */
  Set<Long> lentOf(long number) {
    Owner owner = owners.get(number);
    return owner == null ? Set.of() : owner.lent;
  }

  /** The highest sequence number known to have been used. */
  long lastOf(long number) {
    Owner owner = owners.get(number);
    return owner == null ? 0 : Math.max(owner.last, owner.head - 1);
  }

  int size() {
    return owners.size();
  }

  void apply(Change change, Sink rows) throws RocksDBException {
    switch (change) {
      case Change.Enqueue one -> enqueue(one, rows);
      case Change.Dequeue one -> dequeue(one, rows);
      case Change.Advance one -> advance(one, rows);
      case Change.Withdraw one -> ways(one.number(), one.stage(), one.packetId(), rows);
      case Change.Retain one -> rows.put(Family.RETAINED, one.topic(), one.value());
      case Change.Unretain one -> rows.delete(Family.RETAINED, one.topic());
      case Change.PutSession one -> {
        long number = one.session().number();
        Owner owner = known(number);
        rows.put(Family.SESSION, Rows.key(number), Rows.session(one.session(), owner.head));
      }
      case Change.PutGroup one -> {
        known(one.number());
        rows.put(Family.GROUP, Rows.key(one.number()), one.filter());
      }
      case Change.DeleteOwner one -> delete(one.number(), rows);
      case Change.PutRow one -> {
        Owner owner = owners.get(one.number());
        if (owner == null) return;
        owner.saw(one.family());
        rows.put(one.family(), one.key(), one.value());
      }
      case Change.DeleteRow one -> {
        if (owners.containsKey(one.number())) rows.delete(one.family(), one.key());
      }
    }
  }

  private void enqueue(Change.Enqueue one, Sink rows) throws RocksDBException {
    Owner owner = owners.get(one.number);
    if (owner == null) return;
    long sequence = one.entry.sequence();
    Shared shared = one.shared;
    if (shared != null) {
      if (shared.owners++ == 0) rows.put(Family.MSG, Rows.key(shared.number), shared.row);
      owner.shares(sequence, shared);
    }
    owner.saw(Family.QUEUE);
    owner.waiting++;
    owner.last = Math.max(owner.last, sequence);
    rows.put(Family.QUEUE, Rows.key(one.number, sequence), one.value);
  }

  private void dequeue(Change.Dequeue one, Sink rows) throws RocksDBException {
    ways(one.number(), one.stage(), one.packetId(), rows);
    Owner owner = owners.get(one.owner());
    if (owner == null) return;
    owner.waiting--;
    if (one.sequence() == owner.head) owner.head++;
    rows.singleDelete(Family.QUEUE, Rows.key(one.owner(), one.sequence()));
    Shared shared = owner.shared == null ? null : owner.shared.remove(one.sequence());
    if (shared == null && owner.found != null) shared = owner.found.take(one.sequence());
    if (shared != null) disown(shared, rows);
  }

  /** How far it was is of no interest any more. */
  private void ways(long number, Stage stage, int packetId, Sink rows) throws RocksDBException {
    if (stage == Stage.WAITING || !owners.containsKey(number)) return;
    way(number, packetId, Stage.SENT, rows);
    if (stage == Stage.RELEASED) way(number, packetId, Stage.RELEASED, rows);
  }

  private static void way(long number, int packetId, Stage stage, Sink rows)
      throws RocksDBException {
    rows.singleDelete(Family.INFLIGHT, Rows.inflightKey(number, packetId, stage));
  }

  private void advance(Change.Advance one, Sink rows) throws RocksDBException {
    Owner session = owners.get(one.number());
    if (session == null) return;
    session.saw(Family.INFLIGHT);
    rows.put(
        Family.INFLIGHT,
        Rows.inflightKey(one.number(), one.packetId(), one.stage()),
        Rows.key(one.owner(), one.sequence()));
  }

  private void delete(long number, Sink rows) throws RocksDBException {
    Owner gone = owners.remove(number);
    if (gone == null) return;
    rows.delete(Family.SESSION, Rows.key(number));
    rows.delete(Family.GROUP, Rows.key(number));
    if (gone.has(Family.WILL)) rows.delete(Family.WILL, Rows.key(number));
    for (Family family : OF_OWNERS) if (gone.has(family)) rows.deleteAll(family, number);
    if (gone.found != null) for (Shared shared : gone.found.rest()) disown(shared, rows);
    if (gone.shared == null) return;
    for (Shared shared : gone.shared.values()) disown(shared, rows);
  }

  private static void disown(Shared shared, Sink rows) throws RocksDBException {
    if (--shared.owners == 0) rows.singleDelete(Family.MSG, Rows.key(shared.number));
  }
}
