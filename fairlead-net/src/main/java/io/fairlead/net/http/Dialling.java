package io.fairlead.net.http;

import io.fairlead.core.dial.DialException;
import io.netty.channel.Channel;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One dial for a {@link Forwarding}, brought back to its event loop. A connection that comes when
 * nobody waits for it any more goes to the pool.
 *
 * @param asker null for a connection made before somebody needs it
 * @param number which dial of that forwarding
 */
record Dialling(@Nullable Forwarding asker, ForwardPlan plan, UpstreamLoop loop, int number)
    implements BiConsumer<@Nullable Channel, @Nullable Throwable> {
  private static final Logger log = LoggerFactory.getLogger(Dialling.class);

  void start() {
    try {
      var _ = // the outcome comes to accept
          plan.dialer()
              .dial(plan.key().destination(), plan.timeouts().connect())
              .whenComplete(this);
    } catch (RuntimeException e) {
      log.atError().setCause(e).log("dialer failed");
      loop.dialFailed(
          this,
          ForwardFailure.of(
              new DialException.Exhausted(plan.key().destination(), "internal error")));
    }
  }

  @Override
  public void accept(@Nullable Channel channel, @Nullable Throwable error) {
    if (loop.serves()) {
      arrived(channel, error);
    } else {
      loop.execute(() -> arrived(channel, error));
    }
  }

  private void arrived(@Nullable Channel channel, @Nullable Throwable error) {
    if (channel == null) {
      loop.dialFailed(this, ForwardFailure.ofDial(plan.key().destination(), error));
    } else {
      loop.dialled(this, channel);
    }
  }

  /** An HTTP/1 connection of its own. */
  void own(Channel channel) {
    UpstreamConnection connection = new UpstreamConnection(channel, loop, plan.key());
    connection.open();
    if (asker == null || !asker.dialled(number, connection)) connection.spare();
  }

  /** A stream of a shared connection; gives it up when nobody waits any more. */
  void stream(UpstreamLeg leg) {
    if (asker == null || !asker.dialled(number, leg)) leg.letGo(true);
  }

  /** Whether somebody waits for its outcome. */
  boolean awaited() {
    return asker != null;
  }

  void failed(ForwardFailure failure) {
    if (asker != null) asker.dialFailed(number, failure);
  }
}
