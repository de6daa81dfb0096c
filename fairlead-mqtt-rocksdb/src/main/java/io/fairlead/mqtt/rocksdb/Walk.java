package io.fairlead.mqtt.rocksdb;

import java.nio.ByteBuffer;
import org.rocksdb.ReadOptions;
import org.rocksdb.RocksDBException;
import org.rocksdb.RocksIterator;

/**
 * A way through all rows of a family, in the order of keys. Looks at the beginning of a value
 * without copying the rest, and leaves what is cached for others alone. One thread.
 */
final class Walk implements AutoCloseable {
  private static final int HEAD_BYTES = 16; // of an entry of a queue: flags and a number
  private static final int KEY_BYTES = 16;
  private static final long READ_AHEAD_BYTES = 2 << 20;

  /** What is given back in the end, after the iterator. */
  interface Release {
    void release();
  }

  private final ReadOptions options =
      new ReadOptions().setFillCache(false).setReadaheadSize(READ_AHEAD_BYTES);
  private final RocksIterator rows;
  private final Release release;
  private final ByteBuffer key = ByteBuffer.allocateDirect(KEY_BYTES);
  private final ByteBuffer head = ByteBuffer.allocateDirect(HEAD_BYTES);
  private boolean there;

  /** Makes the iterator. */
  interface Opening {
    RocksIterator open(ReadOptions options);
  }

  /**
   * @param release called by {@link #close}, and here if this fails
   */
  Walk(Opening opening, Release release) {
    this.release = release;
    this.rows = opening.open(options);
    rows.seekToFirst();
    look();
  }

  /** Whether it stands on a row. */
  boolean there() {
    return there;
  }

  /** To the next row. */
  void next() {
    rows.next();
    look();
  }

  private void look() {
    there = rows.isValid();
    if (!there) {
      try {
        rows.status();
      } catch (RocksDBException failure) {
        throw new Rows.BadRowException("a row", failure);
      }
      return;
    }
    key.clear();
    if (rows.key(key) < 8) throw new Rows.BadRowException("a key cannot be read");
  }

  /** The number that its key begins with. */
  long number() {
    return key.getLong(0);
  }

  /** The number after that. */
  long second() {
    if (key.limit() < KEY_BYTES) throw new Rows.BadRowException("a key cannot be read");
    return key.getLong(8);
  }

  byte[] key() {
    return rows.key();
  }

  byte[] value() {
    return rows.value();
  }

  /** How long its value is. */
  int valueBytes() {
    head.clear();
    return rows.value(head);
  }

  /** As much of its value as says what an entry of a queue is. */
  ByteBuffer valueHead() {
    int bytes = valueBytes();
    if (bytes <= HEAD_BYTES || (head.get(0) & Rows.IDS) == 0) return head;
    return ByteBuffer.wrap(rows.value()); // ids of subscriptions stand before the number
  }

  @Override
  public void close() {
    rows.close();
    options.close();
    release.release();
  }
}
