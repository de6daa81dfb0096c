package io.fairlead.pubsub.codec;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Cuts JSON objects and arrays out of a stream that has no delimiters. Looks at each byte once,
 * however the stream is cut. Confined to one thread; of no use after a fault.
 */
public final class JsonStreamFramer {
  /** How a feed ended. */
  public enum Outcome {
    OK,
    /** Something that starts neither an object nor an array. */
    NOT_JSON,
    /** A message beyond the limit. */
    TOO_LARGE
  }

  private static final int INITIAL = 1024;
  private static final int KEPT_MAX = 256 * 1024;

  private final int messageMax;
  private byte[] held = new byte[INITIAL];
  private int length;
  private int depth;
  private boolean inString;
  private boolean escaped;

  /**
   * @param messageMax bytes of one message at most
   */
  public JsonStreamFramer(int messageMax) {
    this.messageMax = messageMax;
  }

  /**
   * Takes bytes.
   *
   * @param in borrows; read to its end unless there is a fault
   * @param messages takes each whole message, an array of its own
   */
  public Outcome feed(ByteBuf in, Consumer<byte[]> messages) {
    int count = in.readableBytes();
    reserve(count);
    in.readBytes(held, length, count);
    int scanned = length;
    int end = length + count;
    int from = 0; // where the message begins; bytes before are handed on
    if (depth == 0) from = scanned;
    for (int at = scanned; at < end; at++) {
      byte octet = held[at];
      if (inString) {
        if (escaped) escaped = false;
        else if (octet == '\\') escaped = true;
        else if (octet == '"') inString = false;
        continue;
      }
      if (depth == 0) {
        if (JsonBytes.space(octet)) continue;
        if (octet != '{' && octet != '[') return Outcome.NOT_JSON;
        from = at;
        depth = 1;
        continue;
      }
      switch (octet) {
        case '"' -> inString = true;
        case '{', '[' -> depth++;
        case '}', ']' -> {
          if (--depth == 0) {
            if (at + 1 - from > messageMax) return Outcome.TOO_LARGE;
            messages.accept(Arrays.copyOfRange(held, from, at + 1));
            from = at + 1;
          }
        }
        default -> {}
      }
    }
    if (depth == 0) {
      length = 0;
      if (held.length > KEPT_MAX) held = new byte[INITIAL];
      return Outcome.OK;
    }
    length = end - from;
    if (length > messageMax) return Outcome.TOO_LARGE;
    if (from > 0) System.arraycopy(held, from, held, 0, length);
    return Outcome.OK;
  }

  private void reserve(int count) {
    int needed = length + count;
    if (needed > held.length) held = Arrays.copyOf(held, Math.max(needed, held.length * 2));
  }
}
