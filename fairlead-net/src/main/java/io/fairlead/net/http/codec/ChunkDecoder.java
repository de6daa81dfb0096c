package io.fairlead.net.http.codec;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Finds the data in a chunked body (RFC 9112 §7.1), refusing whatever two implementations might
 * read differently. Extensions are checked and dropped, trailers checked and kept.
 *
 * <p>Bounds: 16 hex digits, and {@link ChunkLimits}. Confined to one event loop; reusable after
 * {@link #reset}.
 */
public final class ChunkDecoder {
  /** What {@link #next} found. */
  public enum Step {
    /** All input was taken. */
    MORE,
    /** {@link #dataLength} bytes of data are at the reader index; take exactly these. */
    DATA,
    /** The body is complete; input was taken up to its end and not further. */
    END,
    /** See {@link #reject}. */
    REJECTED
  }

  private enum State {
    SIZE,
    EXTENSION_NAME,
    EXTENSION_VALUE,
    EXTENSION_TOKEN,
    EXTENSION_QUOTED,
    EXTENSION_ESCAPED,
    EXTENSION_AFTER_QUOTE,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    END_LF,
    END
  }

  private static final int SIZE_DIGITS_MAX = 16;

  private static final byte[] NO_BYTES = {};

  private ChunkLimits limits = ChunkLimits.DEFAULTS;
  private State state = State.SIZE;
  private long remaining;
  private int digits;
  private int extensionBytes;
  private int extensionsBytes;
  private int nameBytes;
  private int trailerBytes;
  private int trailers;
  private byte[] trailerText = NO_BYTES;
  private int trailerEnd;
  private int dataLength;
  private @Nullable Reject reject;

  /** Ready for another body, with these bounds. */
  public void reset(ChunkLimits next) {
    limits = next;
    reset();
  }

  /** Ready for another body. */
  public void reset() {
    state = State.SIZE;
    remaining = 0;
    digits = 0;
    extensionBytes = 0;
    extensionsBytes = 0;
    nameBytes = 0;
    trailerBytes = 0;
    trailers = 0;
    trailerEnd = 0;
    dataLength = 0;
    reject = null;
  }

  /** Bytes of data at the reader index, after {@link Step#DATA}. */
  public int dataLength() {
    return dataLength;
  }

  /** Number of trailer fields, after {@link Step#END}. */
  public int trailers() {
    return trailers;
  }

  /**
   * The trailer fields as they came, after {@link Step#END}: lines that end with LF, whose names
   * are tokens and whose values have no control characters.
   */
  public String trailerLines() {
    return Octet.string(trailerText, 0, trailerEnd);
  }

  public Reject reject() {
    if (reject == null) throw new IllegalStateException("chunk was not rejected");
    return reject;
  }

  /**
   * Goes on.
   *
   * @param in borrows; the reader index advances over framing, not over data
   */
  public Step next(ByteBuf in) {
    if (reject != null) return Step.REJECTED;
    while (true) {
      if (state == State.END) return Step.END;
      if (!in.isReadable()) return Step.MORE;
      if (state == State.DATA) {
        dataLength = (int) Math.min(remaining, in.readableBytes());
        remaining -= dataLength;
        if (remaining == 0) state = State.DATA_CR;
        return Step.DATA;
      }
      Reject bad = take(in.readByte());
      if (bad != null) {
        reject = bad;
        return Step.REJECTED;
      }
    }
  }

  private @Nullable Reject take(byte octet) {
    switch (state) {
      case SIZE -> {
        return size(octet);
      }
      case EXTENSION_NAME,
          EXTENSION_VALUE,
          EXTENSION_TOKEN,
          EXTENSION_QUOTED,
          EXTENSION_ESCAPED,
          EXTENSION_AFTER_QUOTE -> {
        return extension(octet);
      }
      case SIZE_LF -> {
        if (octet != '\n') return Reject.BAD_CHUNK_SIZE;
        state = remaining == 0 ? State.TRAILER_START : State.DATA;
      }
      case DATA_CR -> {
        if (octet != '\r') return Reject.BAD_CHUNK_END;
        state = State.DATA_LF;
      }
      case DATA_LF -> {
        if (octet != '\n') return Reject.BAD_CHUNK_END;
        state = State.SIZE;
        digits = 0;
        remaining = 0;
        extensionBytes = 0;
      }
      case TRAILER_START, TRAILER_NAME, TRAILER_VALUE, TRAILER_LF, END_LF -> {
        return trailer(octet);
      }
      case DATA, END -> throw new IllegalStateException("state: " + state);
    }
    return null;
  }

  private @Nullable Reject size(byte octet) {
    if (Octet.is(octet, Octet.HEX)) {
      if (++digits > SIZE_DIGITS_MAX) return Reject.BAD_CHUNK_SIZE;
      remaining = remaining << 4 | Character.digit(octet, 16);
      return remaining < 0 ? Reject.BAD_CHUNK_SIZE : null;
    }
    if (digits == 0) return Reject.BAD_CHUNK_SIZE;
    if (octet == '\r') {
      state = State.SIZE_LF;
      return null;
    }
    if (octet != ';') return Reject.BAD_CHUNK_SIZE;
    nameBytes = 0;
    state = State.EXTENSION_NAME;
    return null;
  }

  /** {@code ;name}, {@code ;name=token}, {@code ;name="quoted"} without white space around. */
  private @Nullable Reject extension(byte octet) {
    if (++extensionBytes > limits.extensionMax() || ++extensionsBytes > limits.extensionsMax()) {
      return Reject.CHUNK_EXTENSION_TOO_LARGE;
    }
    boolean token = Octet.is(octet, Octet.TOKEN);
    switch (state) {
      case EXTENSION_NAME -> {
        if (token) {
          nameBytes++;
        } else if (nameBytes > 0 && octet == '=') {
          state = State.EXTENSION_VALUE;
        } else {
          return nameBytes > 0 ? extensionEnd(octet) : Reject.BAD_CHUNK_EXTENSION;
        }
      }
      case EXTENSION_VALUE -> {
        if (octet != '"' && !token) return Reject.BAD_CHUNK_EXTENSION;
        state = token ? State.EXTENSION_TOKEN : State.EXTENSION_QUOTED;
      }
      case EXTENSION_TOKEN -> {
        return token ? null : extensionEnd(octet);
      }
      case EXTENSION_QUOTED -> {
        if (!Octet.is(octet, Octet.TEXT)) return Reject.BAD_CHUNK_EXTENSION;
        if (octet == '"') state = State.EXTENSION_AFTER_QUOTE;
        if (octet == '\\') state = State.EXTENSION_ESCAPED;
      }
      case EXTENSION_ESCAPED -> {
        if (!Octet.is(octet, Octet.TEXT)) return Reject.BAD_CHUNK_EXTENSION;
        state = State.EXTENSION_QUOTED;
      }
      default -> {
        return extensionEnd(octet);
      }
    }
    return null;
  }

  private @Nullable Reject extensionEnd(byte octet) {
    if (octet == '\r') {
      state = State.SIZE_LF;
      return null;
    }
    if (octet != ';') return Reject.BAD_CHUNK_EXTENSION;
    nameBytes = 0;
    state = State.EXTENSION_NAME;
    return null;
  }

  private void keep(byte octet) {
    if (trailerEnd == trailerText.length) {
      trailerText = Arrays.copyOf(trailerText, Math.max(256, 2 * trailerEnd));
    }
    trailerText[trailerEnd++] = octet;
  }

  private @Nullable Reject trailer(byte octet) {
    if (++trailerBytes > limits.trailersMax()) return Reject.TRAILERS_TOO_LARGE;
    if (octet != '\r' && state != State.END_LF) keep(octet);
    switch (state) {
      case TRAILER_START -> {
        if (octet == '\r') {
          state = State.END_LF;
        } else if (!Octet.is(octet, Octet.TOKEN)) {
          return Reject.BAD_TRAILER;
        } else {
          if (++trailers > limits.trailerFieldsMax()) return Reject.TRAILERS_TOO_LARGE;
          state = State.TRAILER_NAME;
        }
      }
      case TRAILER_NAME -> {
        if (octet == ':') {
          state = State.TRAILER_VALUE;
        } else if (!Octet.is(octet, Octet.TOKEN)) {
          return Reject.BAD_TRAILER;
        }
      }
      case TRAILER_VALUE -> {
        if (octet == '\r') {
          state = State.TRAILER_LF;
        } else if (!Octet.is(octet, Octet.TEXT)) {
          return Reject.BAD_TRAILER;
        }
      }
      case TRAILER_LF -> {
        if (octet != '\n') return Reject.BAD_TRAILER;
        state = State.TRAILER_START;
      }
      default -> {
        if (octet != '\n') return Reject.BAD_TRAILER;
        state = State.END;
      }
    }
    return null;
  }
}
