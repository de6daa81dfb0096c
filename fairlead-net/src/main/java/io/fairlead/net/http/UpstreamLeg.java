package io.fairlead.net.http;

import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;

/**
 * The way of one request to an upstream: an HTTP/1 connection, or a stream of a shared one.
 * Confined to one event loop. What it hears goes to an {@link UpstreamWork}.
 */
public interface UpstreamLeg {
  /** Works for that from now on, until {@link #letGo} or {@link #leave}. */
  void work(UpstreamWork work);

  /** Whether it can take a request. */
  boolean usable();

  /**
   * Sends the head, rebuilt from parsed parts, or holds it back for the first bytes of the body.
   *
   * @throws IllegalArgumentException the plan's target, host or fields cannot be sent
   */
  void send(RequestHead head, ForwardPlan plan);

  /** Sends body bytes; takes ownership. */
  void data(ByteBuf data);

  /** Ends the request. */
  void end(Trailers trailers);

  void flush();

  /**
   * Whether more may be sent now; {@link UpstreamWork#upstreamWritable} tells when it may again.
   */
  boolean writable();

  /** Back-pressure of the client: stops reading the response. */
  void pause();

  void resume();

  /**
   * The exchange does not need it any more.
   *
   * @param reusable whether request and response were complete
   */
  void letGo(boolean reusable);

  /** Hands over the bare byte stream of a web socket, with reading off. */
  Channel leave();

  /** Whether what ends here may have been an old connection ending by itself. */
  boolean shared();
}
