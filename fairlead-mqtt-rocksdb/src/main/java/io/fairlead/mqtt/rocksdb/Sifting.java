package io.fairlead.mqtt.rocksdb;

import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.store.StoreException;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;

/**
 * Tells sound rows of a store from those that are of no use: garbled ones, and those that belong to
 * a session, group or message that is not there. One thread, once.
 */
final class Sifting {
  static final String GROUPS = "groups of changes";

  /** Takes what is sound. */
  interface Saved {
    void row(Family family, byte[] key, byte[] value) throws RocksDBException;
  }

  /** Whether a row is sound; may throw what reading it throws. */
  private interface Test {
    boolean sound(byte[] key, byte[] value);
  }

  private final Remains remains;
  private final Saved saved;
  private final Counters counters = new Counters();
  private final Map<String, Long> kept = new LinkedHashMap<>();
  private final Map<String, Long> lost = new LinkedHashMap<>();
  private final Set<Long> sessions = new HashSet<>();
  private final Set<Long> owners = new HashSet<>(); // groups, too
  private final Set<Long> messages = new HashSet<>();
  private long highestOwner;
  private long highestMessage;

  Sifting(Remains remains, Saved saved) {
    this.remains = remains;
    this.saved = saved;
  }

  /** What the new store counts on from. */
  Counters counters() {
    return counters;
  }

  StoreReport run() throws StoreException {
    try {
      sift();
    } catch (RocksDBException failure) {
      throw new StoreException(
          StoreCodes.UNUSABLE,
          "what is saved cannot be written: " + failure.getMessage(),
          "name a directory with room");
    }
    lost.forEach(
        (part, count) -> {
          if (count > 0) remains.problems().add(part + ": " + count + " rows are of no use");
        });
    return new StoreReport(kept, lost, remains.problems());
  }

  private void sift() throws RocksDBException, StoreException {
    meta();
    each(Family.SESSION, this::session);
    each(Family.GROUP, this::group);
    each(Family.SUB, this::subscription);
    each(Family.INBOUND, (key, _) -> key.length == 10 && sessions.contains(Rows.number(key)));
    each(Family.WILL, this::will);
    each(Family.RETAINED, (key, value) -> Arrays.equals(Rows.message(value).topic(), key));
    each(Family.MSG, this::message);
    each(Family.QUEUE, this::queued);
    each(Family.INFLIGHT, this::underWay);
    counters.atLeast(highestOwner, highestMessage);
  }

  private void meta() throws StoreException {
    byte[] format = remains.get(Family.META, Recovery.FORMAT_KEY);
    if (format != null && !Arrays.equals(format, Recovery.FORMAT)) {
      throw new StoreException(
          StoreCodes.FORMAT,
          "MQTT store of format " + format[0] + " (this version reads 1)",
          "use the version that wrote it");
    }
    byte[] row = remains.get(Family.META, Counters.KEY);
    if (row == null || row.length != Counters.BYTES) {
      remains.problems().add("the counters are not there");
    } else {
      counters.restore(row);
    }
    kept.put(GROUPS, counters.group());
  }

  private void each(Family family, Test test) throws RocksDBException {
    long[] counts = new long[2];
    @Nullable RocksDBException[] failed = new RocksDBException[1];
    remains.forEach(
        family,
        (key, value) -> {
          boolean sound = failed[0] == null && sound(test, key, value);
          counts[sound ? 0 : 1]++;
          if (!sound) return;
          try {
            saved.row(family, key, value);
          } catch (RocksDBException failure) {
            failed[0] = failure;
          }
        });
    RocksDBException failure = failed[0];
    if (failure != null) throw failure;
    kept.put(Remains.word(family), counts[0]);
    lost.put(Remains.word(family), counts[1]);
  }

  private static boolean sound(Test test, byte[] key, byte[] value) {
    try {
      return test.sound(key, value);
    } catch (RuntimeException garbled) {
      return false; // whatever the bytes are: no reader of rows is left in the middle of anything
    }
  }

  private boolean session(byte[] key, byte[] value) {
    Rows.session(Rows.number(key), value, Map.of(), Set.of());
    sessions.add(owner(key));
    return true;
  }

  private boolean group(byte[] key, byte[] value) {
    Rows.filter(value);
    owner(key);
    return true;
  }

  private long owner(byte[] key) {
    if (key.length != 8) throw new Rows.BadRowException("a key cannot be read");
    long number = Rows.number(key);
    owners.add(number);
    highestOwner = Math.max(highestOwner, number);
    return number;
  }

  private boolean subscription(byte[] key, byte[] value) {
    Rows.filter(Rows.rest(key));
    Rows.options(value);
    return sessions.contains(Rows.number(key));
  }

  private boolean will(byte[] key, byte[] value) {
    Rows.will(value);
    return key.length == 8 && sessions.contains(Rows.number(key));
  }

  private boolean message(byte[] key, byte[] value) {
    Rows.message(value);
    if (key.length != 8) return false;
    messages.add(Rows.number(key));
    highestMessage = Math.max(highestMessage, Rows.number(key));
    return true;
  }

  private boolean queued(byte[] key, byte[] value) {
    if (key.length != 16 || !owners.contains(Rows.number(key))) return false;
    boolean[] there = {true};
    Rows.queued(value, number -> shared(number, there));
    return there[0];
  }

  private Message shared(long number, boolean[] there) {
    there[0] = messages.contains(number);
    return NOBODYS;
  }

  private static final Message NOBODYS =
      new Message(
          new byte[0],
          new byte[0],
          0,
          false,
          io.fairlead.mqtt.codec.Properties.EMPTY,
          Message.NEVER,
          "");

  private boolean underWay(byte[] key, byte[] value) {
    if (key.length != 11 || value.length != 16 || !sessions.contains(Rows.number(key))) {
      return false;
    }
    byte[] queued = remains.get(Family.QUEUE, value);
    if (queued != null) return queued(value, queued);
    // Of a group that ended under way: its client may hold the packet id.
    return Rows.number(value) != Rows.number(key);
  }
}
