package io.fairlead.http.upstream;

import io.fairlead.core.dial.DialException;
import io.fairlead.core.time.Clock;
import io.fairlead.http.health.Tally;
import io.fairlead.net.upstream.StreamAsk;
import io.fairlead.net.upstream.StreamOutcome;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One wish for a stream: admitted, dialled, and where that fails dialled elsewhere, as often as the
 * cluster allows. Confined to its event loop.
 *
 * <pre>
 * admitted --connected-->           opened
 * admitted --failed, may retry-->   waiting   (another endpoint after a pause)
 * waiting  --pause over-->          admitted
 * any      --failed or cancelled--> over
 * </pre>
 */
final class StreamDial {
  private final Cluster cluster;
  private final StreamAsk ask;
  private final long key;
  private final EventLoop loop;
  private final Clock clock;
  private final Consumer<? super StreamOutcome> told;
  private @Nullable Runnable leaveLine;
  private @Nullable Endpoint current;
  private int attempts;
  private int term;
  private boolean admitted;
  private boolean retrying;
  private boolean over;

  StreamDial(
      Cluster cluster,
      StreamAsk ask,
      long key,
      EventLoop loop,
      Clock clock,
      Consumer<? super StreamOutcome> told) {
    this.cluster = cluster;
    this.ask = ask;
    this.key = key;
    this.loop = loop;
    this.clock = clock;
    this.told = told;
  }

  void begin() {
    if (over) return;
    Cluster.Entry entry = cluster.enter();
    term = cluster.term();
    switch (entry) {
      case IN -> admitted();
      case BUSY -> leaveLine = cluster.queue(loop, this::admitted, this::overloaded);
      case FULL, OPEN -> overloaded();
    }
  }

  /** Nobody waits any more; on the loop. */
  void cancel() {
    if (over) return;
    over = true;
    if (leaveLine != null) leaveLine.run();
    release(false);
  }

  private void overloaded() {
    fail("overload", cluster.id() + ": as much under way as its breaker allows");
  }

  private void admitted() {
    leaveLine = null;
    admitted = true;
    Endpoint first = cluster.pick(Traffic.STREAM, key);
    if (first == null) {
      fail("no_endpoint", cluster.id() + ": no endpoint takes streams");
    } else {
      dial(first);
    }
  }

  private void dial(Endpoint endpoint) {
    current = endpoint;
    attempts++;
    endpoint.began();
    endpoint.streamOpened(ask.work());
    long startedAtNanos = clock.nanos();
    var _ =
        cluster
            .dialer(endpoint, loop, ask.preface(cluster.wire().announces()))
            .dial(endpoint.destination(), cluster.timeouts().connect())
            .whenComplete(
                (channel, failure) ->
                    onLoop(() -> dialled(endpoint, startedAtNanos, channel, failure)));
  }

  private void dialled(
      Endpoint endpoint,
      long startedAtNanos,
      @Nullable Channel channel,
      @Nullable Throwable failure) {
    if (over) {
      if (channel != null) channel.close();
      return;
    }
    if (channel != null) {
      over = true;
      cluster.answered(endpoint, startedAtNanos);
      cluster.connected(endpoint, term);
      if (retrying) cluster.endRetry();
      told.accept(
          new StreamOutcome.Opened(
              channel, UpstreamStreams.Taken.connected(cluster, endpoint, ask)));
      return;
    }
    Throwable cause = UpstreamStreams.rootOf(failure);
    boolean blamed =
        !(cause instanceof DialException.Forbidden || cause instanceof DialException.Exhausted);
    endpoint.streamClosed(ask.work());
    current = null;
    if (blamed) cluster.ended(endpoint, Tally.Outcome.CONNECT_FAILED, term);
    else cluster.abandoned(endpoint, term);
    if (!blamed || !again(endpoint)) fail(word(cause), text(endpoint, cause));
  }

  private boolean again(Endpoint failed) {
    RetryConfig retry = cluster.config().retry();
    if (attempts >= retry.attempts() || !retry.on().contains(RetryConfig.On.CONNECT)) return false;
    Endpoint other = cluster.pickOther(Traffic.STREAM, failed, key);
    if (other == null) return false;
    if (retrying) cluster.endRetry();
    retrying = cluster.beginRetry();
    if (!retrying) return false;
    var _ = // looks at the state when it runs
        loop.schedule(
            () -> {
              if (!over) dial(other);
            },
            cluster.backoff(attempts).toNanos(),
            TimeUnit.NANOSECONDS);
    return true;
  }

  private void fail(String reason, String text) {
    if (over) return;
    over = true;
    release(true);
    told.accept(new StreamOutcome.Failed(reason, text));
  }

  /** Gives back what was taken. */
  private void release(boolean counted) {
    Endpoint dialled = current;
    current = null;
    if (dialled != null) {
      dialled.streamClosed(ask.work());
      if (counted) cluster.ended(dialled, Tally.Outcome.CONNECT_FAILED, term);
      else cluster.abandoned(dialled, term);
    }
    if (retrying) cluster.endRetry();
    retrying = false;
    if (admitted) cluster.leave();
    admitted = false;
  }

  private void onLoop(Runnable task) {
    if (loop.inEventLoop()) {
      task.run();
    } else {
      loop.execute(task);
    }
  }

  private static String text(Endpoint endpoint, @Nullable Throwable cause) {
    String why = cause == null ? "" : cause.getMessage();
    return why == null || why.isEmpty() ? endpoint + ": cannot be reached" : why;
  }

  private static String word(@Nullable Throwable cause) {
    return cause instanceof DialException dial ? dial.code() : "internal";
  }
}
