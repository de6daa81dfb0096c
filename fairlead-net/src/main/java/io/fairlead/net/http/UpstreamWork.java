package io.fairlead.net.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * Hears what an {@link UpstreamLeg} receives for one exchange. Event loop only; each call may lead
 * to a call of the leg before it returns, {@link UpstreamLeg#letGo} included.
 */
public interface UpstreamWork {
  /** Something moved. */
  void progressed();

  void upstreamWritable();

  /** An interim response other than 101. */
  void informational(ResponseHead head);

  /**
   * The final head.
   *
   * @param bodyPresent body bytes in the same read
   */
  void responseHead(ResponseHead head, int bodyPresent);

  /** Takes ownership. */
  void responseData(ByteBuf data);

  /** The trailer section, before {@link #responseEnd}. */
  void responseTrailers(Trailers trailers);

  /**
   * @param clean whether the leg may be used again
   */
  void responseEnd(boolean clean);

  /** The upstream broke the protocol. */
  void badResponse();

  /** It ended before the response was complete. */
  void upstreamClosed();

  /** The upstream said that it did not begin to work on the request. */
  void refused();

  /** Nothing more to read for now. */
  void upstreamBurstEnd();

  /**
   * The upstream agreed to a web socket.
   *
   * @param early bytes that came behind the head; borrows
   */
  void switching(ResponseHead head, ByteBuf early);

  /** Four times a second. */
  void tick(long nowNanos);

  Channel clientChannel();

  /** Whether the client's channel carries other exchanges, too. */
  boolean clientShared();
}
