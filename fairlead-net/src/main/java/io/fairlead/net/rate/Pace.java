package io.fairlead.net.rate;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * How fast a stream of bytes may go in each direction. Who carries bytes takes them here, and rests
 * for as long as he is told before he takes more. Any thread.
 */
public interface Pace {
  /** As fast as it goes. */
  Pace NONE =
      new Pace() {
        @Override
        public long received(int bytes) {
          return 0;
        }

        @Override
        public long sent(int bytes) {
          return 0;
        }
      };

  /**
   * Bytes came from the client.
   *
   * @return nanoseconds to rest before more are read; 0: none
   */
  long received(int bytes);

  /**
   * Bytes go to the client.
   *
   * @return nanoseconds to rest before more are written; 0: none
   */
  long sent(int bytes);

  /** Both of them hold. */
  default Pace and(Pace other) {
    if (other == NONE) return this;
    if (this == NONE) return other;
    Pace first = this;
    return new Pace() {
      @Override
      public long received(int bytes) {
        return Math.max(first.received(bytes), other.received(bytes));
      }

      @Override
      public long sent(int bytes) {
        return Math.max(first.sent(bytes), other.sent(bytes));
      }
    };
  }

  /**
   * A rate of one stream.
   *
   * @param rate bytes per second in each direction; empty: as many as come
   */
  static Pace of(Optional<ByteSize> rate, Clock clock) {
    if (rate.isEmpty()) return NONE;
    Shared pace = shared(clock);
    pace.rate(OptionalLong.of(rate.get().bytes()));
    return pace;
  }

  /** A rate for all who share it, in each direction by itself. */
  static Shared shared(Clock clock) {
    return new Shared(clock);
  }

  /** Two buckets. */
  final class Shared implements Pace {
    private final ByteBucket in;
    private final ByteBucket out;

    private Shared(Clock clock) {
      in = new ByteBucket(clock);
      out = new ByteBucket(clock);
    }

    /**
     * Holds from now on.
     *
     * @param bytesPerSecond empty: as many as come
     */
    public void rate(OptionalLong bytesPerSecond) {
      in.rate(bytesPerSecond);
      out.rate(bytesPerSecond);
    }

    @Override
    public long received(int bytes) {
      return in.take(bytes);
    }

    @Override
    public long sent(int bytes) {
      return out.take(bytes);
    }
  }
}
