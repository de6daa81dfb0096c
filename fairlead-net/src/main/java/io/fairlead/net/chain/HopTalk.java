package io.fairlead.net.chain;

import io.fairlead.core.dial.DialException;
import io.netty.buffer.ByteBuf;
import java.util.Optional;

/** The client's side of asking a proxy for one destination. One use; confined to one loop. */
interface HopTalk {
  /**
   * Says the first thing.
   *
   * @param out borrows
   */
  void begin(ByteBuf out);

  /**
   * Reads what came, which may be nothing new.
   *
   * @param in borrows; what is left unread after {@link Step#OPEN} is the destination's
   * @param out borrows; where to say the next thing
   */
  Step read(ByteBuf in, ByteBuf out);

  /** Why it ended, once {@link #read} said {@link Step#FAILED}. */
  Optional<Failure> failure();

  /** What follows. */
  enum Step {
    /** More bytes are awaited. */
    WAIT,
    /** The way is open. */
    OPEN,
    FAILED
  }

  /**
   * No way through.
   *
   * @param ofProxy whether the proxy itself does not work for us; else it is the destination, which
   *     another proxy would not reach either
   */
  record Failure(DialException cause, boolean ofProxy) {}
}
