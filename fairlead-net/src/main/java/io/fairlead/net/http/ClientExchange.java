package io.fairlead.net.http;

import io.fairlead.net.rate.Pace;
import io.netty.buffer.ByteBuf;

/**
 * What a forwarder needs of a client's exchange beyond what handlers see. One implementation for
 * each version of HTTP. Confined to the exchange's event loop; calls after the end are ignored.
 */
public interface ClientExchange extends ServerExchange {
  /**
   * Passes on the final head of an upstream's response. Follow with {@link #write} and {@link
   * #finish}.
   *
   * @param edits changes to the end-to-end fields; framing is set from {@code body}
   * @param present body bytes at hand, for which room is left behind the head
   */
  void respondForwarded(ResponseHead response, FieldEdits edits, BodyLength body, int present);

  /** Passes on an interim response (1xx but 100 and 101), where the client's version has them. */
  void informational(ResponseHead response);

  /**
   * Passes on that the upstream switched to a web socket, and leaves HTTP.
   *
   * @param edits changes to the fields; has {@code Sec-WebSocket-Accept} when the upstream's
   *     version of HTTP knows none
   * @return bytes the client sent after its request, possibly empty; the caller owns them
   * @see #channel
   */
  ByteBuf upgradeForwarded(ResponseHead response, FieldEdits edits);

  /** Ends the streamed response with trailer fields, where the client takes them. */
  void finish(Trailers trailers);

  /** Answers if that is still possible, else aborts. */
  void fail(Answer answer);

  /** The pace of its bodies, and of the stream after an upgrade. */
  Pace pace();

  /** Whether it is over. */
  boolean ended();

  /**
   * Says that work for it goes on at an upstream, even when the client gives it up: its place among
   * the client's concurrent requests stays taken until {@link #vacate}.
   */
  void occupy();

  /** The upstream's work is over. */
  void vacate();
}
