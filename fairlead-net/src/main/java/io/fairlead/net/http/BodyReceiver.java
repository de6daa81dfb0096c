package io.fairlead.net.http;

import io.netty.buffer.ByteBuf;

/** Takes the body of a message. Event loop only; exactly one of {@code onEnd}, {@code onFailed}. */
public interface BodyReceiver {
  /** Takes ownership. */
  void onData(ByteBuf data);

  /** The trailer section, before {@link #onEnd}; not called when there is none. */
  default void onTrailers(Trailers trailers) {}

  void onEnd();

  /**
   * The body will not be complete.
   *
   * @param status what the client gets or got: 400 bad framing, 408 too slow, 413 too large, 499
   *     gone
   */
  void onFailed(int status, String code);
}
