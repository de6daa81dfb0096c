package io.fairlead.net.overload;

import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.meter.Meters;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.net.dial.DirectDialer;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.loop.EventLoops;
import io.micrometer.core.instrument.Counter;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Opens no new flows from an event loop that is late. Thread-safe. */
public final class SheddingDials {
  private final DirectDialer dialer;
  private final EventLoops loops;
  private final Counter refused;

  public SheddingDials(DirectDialer dialer, EventLoops loops, Meters meters) {
    this.dialer = dialer;
    this.loops = loops;
    this.refused =
        meters.counter(
            "limit.rejections", "Work refused by a limit.", "limit", "event_loop_delay_flows");
  }

  /** A dialer for that loop whose dials are {@link DialException.Exhausted} while it is late. */
  public Dialer<Channel> on(EventLoop loop, DestinationGuard guard, DialOptions options) {
    return on(loop, guard, options, Optional.empty());
  }

  /** The same with first bytes. */
  public Dialer<Channel> on(
      EventLoop loop, DestinationGuard guard, DialOptions options, Optional<Preface> preface) {
    if (!loops.delay(loop).late()) return dialer.on(loop, guard, options, preface);
    return (destination, _) -> {
      refused.increment();
      return CompletableFuture.failedFuture(
          new DialException.Exhausted(destination, "too much work at the moment"));
    };
  }
}
