package io.fairlead.mqtt.store;

import java.util.Arrays;

/**
 * Messages of one queue that stand in the store only: which, and how large each is, in the order
 * they leave. Eight bytes for each. One thread at a time.
 */
public final class Stowage {
  private static final int UNIT_BYTES = 16; // so that the largest packet of MQTT has a size
  private static final int SIZE_BITS = 24;
  private static final int UNITS_MAX = (1 << SIZE_BITS) - 1;
  private static final int FIRST_CAPACITY = 8;
  private static final long[] NOTHING = {};

  private long[] places = NOTHING; // a ring
  private int head;
  private int count;
  private long bytes;

  public Stowage() {}

  /**
   * @param places takes ownership; made by {@link #place}, in their order
   */
  public Stowage(long[] places) {
    this.places = places;
    this.count = places.length;
    for (long place : places) bytes += bytesOf(place);
  }

  /** A sequence number and a size in one number; the size is rounded up. */
  public static long place(long sequence, int bytes) {
    int units = Math.min((bytes + UNIT_BYTES - 1) / UNIT_BYTES, UNITS_MAX);
    return sequence << SIZE_BITS | units;
  }

  public static long sequenceOf(long place) {
    return place >>> SIZE_BITS;
  }

  private static long bytesOf(long place) {
    return (place & UNITS_MAX) * UNIT_BYTES;
  }

  public int size() {
    return count;
  }

  public boolean isEmpty() {
    return count == 0;
  }

  /** Of all messages together. */
  public long bytes() {
    return bytes;
  }

  /** Of the one that leaves next; 0: there is none. */
  public long firstSequence() {
    return count == 0 ? 0 : sequenceOf(places[head]);
  }

  public void addLast(long sequence, int size) {
    grow();
    put(count, place(sequence, size));
  }

  /** A place made by {@link #place}. */
  public void addLast(long place) {
    grow();
    put(count, place);
  }

  /** All places, in order; a copy. */
  public long[] places() {
    long[] all = new long[count];
    for (int i = 0; i < count; i++) all[i] = places[at(i)];
    return all;
  }

  public void addFirst(long sequence, int size) {
    grow();
    head = head == 0 ? places.length - 1 : head - 1;
    put(0, place(sequence, size));
  }

  /** The one that leaves next leaves; there must be one. */
  public void removeFirst() {
    bytes -= bytesOf(places[head]);
    count--;
    head = count == 0 ? 0 : at(1);
    if (count == 0) places = NOTHING;
  }

  /**
   * The sequence numbers of those that leave next, which stay here.
   *
   * @param bytesMax of all of them together; the first may be larger
   */
  public long[] first(int countMax, long bytesMax) {
    int taken = 0;
    long sum = 0;
    while (taken < Math.min(count, countMax)) {
      sum += bytesOf(places[at(taken)]);
      if (taken > 0 && sum > bytesMax) break;
      taken++;
    }
    long[] sequences = new long[taken];
    for (int i = 0; i < taken; i++) sequences[i] = sequenceOf(places[at(i)]);
    return sequences;
  }

  public void clear() {
    places = NOTHING;
    head = 0;
    count = 0;
    bytes = 0;
  }

  private void put(int index, long place) {
    places[at(index)] = place;
    count++;
    bytes += bytesOf(place);
  }

  private int at(int index) {
    int at = head + index;
    return at < places.length ? at : at - places.length;
  }

  private void grow() {
    if (count < places.length) return;
    long[] larger = new long[Math.max(FIRST_CAPACITY, count + (count >> 1))];
    int upToEnd = Math.min(count, places.length - head);
    System.arraycopy(places, head, larger, 0, upToEnd);
    System.arraycopy(places, 0, larger, upToEnd, count - upToEnd);
    places = larger;
    head = 0;
  }

  @Override
  public String toString() {
    return Arrays.toString(first(count, Long.MAX_VALUE));
  }
}
