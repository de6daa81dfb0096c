package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.FastThreadLocal;
import java.time.Duration;

/** Makes {@link StreamLink}s out of connections. Shared by all event loops. */
public final class StreamLinks {
  /**
   * How links are kept.
   *
   * @param streams open at a time
   * @param ping how often the peer is asked whether it lives
   * @param silence after which it is dead
   */
  public record Settings(int streams, Duration ping, Duration silence) {
    public static final Settings DEFAULTS =
        new Settings(1_024, Duration.ofSeconds(15), Duration.ofSeconds(45));

    public Settings {
      if (streams < 1 || streams > 65_536) {
        throw new IllegalArgumentException("streams: " + streams + " (expected: 1-65536)");
      }
      if (silence.compareTo(ping) <= 0) {
        throw new IllegalArgumentException("silence: " + silence + " (expected: > " + ping + ")");
      }
    }
  }

  private final Clock clock;
  private final FastThreadLocal<SessionLoop> loops = new FastThreadLocal<>();

  public StreamLinks(Clock clock) {
    this.clock = clock;
  }

  /**
   * Begins a link on a connection, behind its TLS; on its event loop.
   *
   * @param opens whether this end opens the streams
   */
  public StreamLink begin(
      Channel channel, boolean opens, Settings settings, StreamLink.Events events) {
    LinkSession session =
        new LinkSession(channel, loop(channel.eventLoop()), opens, settings, events);
    session.begin();
    return session;
  }

  /**
   * Lets a link's stream deliver nothing, whatever its reader wants, until {@link #deliver}: for
   * whoever bounds its rate. On its event loop.
   *
   * @throws ClassCastException the channel is none of a link
   */
  public static void hold(Channel stream) {
    ((StreamChannel) stream).holdBack();
  }

  /** Undoes {@link #hold}. */
  public static void deliver(Channel stream) {
    ((StreamChannel) stream).deliverAgain();
  }

  private SessionLoop loop(EventLoop eventLoop) {
    SessionLoop loop = loops.get();
    if (loop == null || !loop.serves(eventLoop)) {
      loop = new SessionLoop(eventLoop, clock);
      loops.set(loop);
    }
    return loop;
  }
}
