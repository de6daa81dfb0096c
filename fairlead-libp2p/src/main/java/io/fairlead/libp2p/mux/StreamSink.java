package io.fairlead.libp2p.mux;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** The application's side of one stream. Called on the session's owner only. */
public interface StreamSink {
  /**
   * Bytes came. They count as held until {@link YamuxStream#consumed} says otherwise.
   *
   * @param data takes ownership; never empty
   */
  void data(ByteBuf data);

  /** The peer ended its direction; nothing more comes. */
  void inputEnded();

  /**
   * Hands out the next bytes to send without forgetting them; no call back into the stream.
   *
   * @param max most bytes to hand out
   * @param pieces takes ownership of each piece, none of them empty
   */
  void peek(int max, Consumer<? super ByteBuf> pieces);

  /** The first {@code count} bytes of the last {@link #peek} are on their way. */
  void taken(int count);

  /** The stream is over; the last call. */
  void closed(StreamEnd end);
}
