package io.fairlead.net.http2;

import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * An HTTP/2 connection whose streams are byte channels, for whoever carries streams of others over
 * one connection. One end opens streams, the other takes them; either may have dialled. Confined to
 * its event loop but where said otherwise.
 *
 * <p>A stream's channel has {@code autoRead} off; its end of direction is END_STREAM, its reset
 * RST_STREAM, which the channel tells as an {@link java.io.IOException} in its pipeline. What
 * nobody reads is bounded by the stream's window and takes nothing from other streams.
 */
public interface StreamLink {
  /** Takes what comes over a link. On its event loop. */
  interface Events {
    /** The link is ready: the peer's settings came. Once. */
    void ready(StreamLink link);

    /** The peer asks for a stream; answer now or later. Only where the peer opens streams. */
    void asked(Asked stream);

    /** The peer takes, or asks for, no new streams. */
    void leaving();

    /** The listener it came through goes, or the process: time to leave in peace. */
    default void draining() {}

    /** It is over; every stream of it is lost. Once. */
    void ended();
  }

  /** A stream the peer asks for. */
  interface Asked {
    LinkRequest request();

    /** Whether the peer still waits. */
    boolean waiting();

    /** Takes it: answers 200 and gives the channel. Call while {@link #waiting}. */
    Channel accept();

    /**
     * Refuses it.
     *
     * @param error a stable snake_case word, sent as field {@code fl-error}
     */
    void refuse(int status, String error);
  }

  /**
   * Opens a stream; completes when the peer took it, exceptionally with {@link
   * LinkRefusedException}. Only where this end opens streams.
   */
  CompletableFuture<Channel> open(LinkRequest request);

  /**
   * A stream that is used before the peer took it.
   *
   * @param channel what is written to it goes out behind the request; a refusal is its reset
   * @param answer completes with the channel when the peer took the stream, exceptionally with
   *     {@link LinkRefusedException}
   */
  record Opening(Channel channel, CompletableFuture<Channel> answer) {}

  /**
   * Opens a stream without waiting for the peer; empty when that cannot be now. Only where this end
   * opens streams.
   */
  Optional<Opening> openAtOnce(LinkRequest request);

  EventLoop loop();

  /** Streams that are open or asked for; any thread. */
  int active();

  /** Bytes written to streams that wait for a window or the socket; any thread. */
  long waitingBytes();

  /** The last round trip of a PING, in nanoseconds; 0 until there was one. Any thread. */
  long rttNanos();

  /** Asks the peer whether it lives, and ends the link when no answer comes within this time. */
  void probe(long withinNanos);

  /** Says that no new streams are due; the link ends when the last one is over. */
  void leave();

  /** Ends it at once. Any thread. */
  void cut();
}
