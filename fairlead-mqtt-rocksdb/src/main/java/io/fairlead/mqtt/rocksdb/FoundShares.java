package io.fairlead.mqtt.rocksdb;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which messages of one queue others have, too, as it was found when the store was opened. The
 * writing thread only, once it runs.
 */
final class FoundShares {
  private final long[] sequences; // ascending
  private final @Nullable Shared[] messages; // null: taken

  private FoundShares(long[] sequences, @Nullable Shared[] messages) {
    this.sequences = sequences;
    this.messages = messages;
  }

  /** The message of that entry, which goes; null: nobody else had it. */
  @Nullable Shared take(long sequence) {
    int at = Arrays.binarySearch(sequences, sequence);
    if (at < 0) return null;
    Shared message = messages[at];
    messages[at] = null;
    return message;
  }

  /** All that were not taken. */
  List<Shared> rest() {
    List<Shared> rest = new ArrayList<>();
    for (Shared message : messages) if (message != null) rest.add(message);
    return rest;
  }

  /** Those of one queue while it is read. Used again for the next. */
  static final class Making {
    private long[] sequences = new long[16];
    private @Nullable Shared[] messages = new Shared[16];
    private int count;

    /** In order. */
    void add(long sequence, Shared message) {
      if (count == sequences.length) {
        sequences = Arrays.copyOf(sequences, count * 2);
        messages = Arrays.copyOf(messages, count * 2);
      }
      sequences[count] = sequence;
      messages[count++] = message;
    }

    /** Null: there were none. */
    @Nullable FoundShares made() {
      if (count == 0) return null;
      FoundShares made =
          new FoundShares(Arrays.copyOf(sequences, count), Arrays.copyOf(messages, count));
      count = 0;
      return made;
    }
  }
}
