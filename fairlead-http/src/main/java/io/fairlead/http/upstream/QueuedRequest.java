package io.fairlead.http.upstream;

import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A request in line for a connection. Confined to its loop, but for being admitted. */
final class QueuedRequest extends Admission.Waiting {
  private final Cluster cluster;
  private final EventLoop loop;
  private final Runnable admitted;
  private final Runnable refused;
  private @Nullable Future<?> timer;
  private boolean over;

  private QueuedRequest(Cluster cluster, EventLoop loop, Runnable admitted, Runnable refused) {
    this.cluster = cluster;
    this.loop = loop;
    this.admitted = admitted;
    this.refused = refused;
  }

  static Runnable join(Cluster cluster, EventLoop loop, Runnable admitted, Runnable refused) {
    BreakerConfig breaker = cluster.breaker();
    QueuedRequest request = new QueuedRequest(cluster, loop, admitted, refused);
    request.timer = loop.schedule(request::late, breaker.queue().toNanos(), TimeUnit.NANOSECONDS);
    if (!cluster.admission().join(request, breaker)) request.end(refused);
    return request::cancel;
  }

  @Override
  void admitted() {
    loop.execute(
        () -> {
          if (over) cluster.leave();
          else end(admitted);
        });
  }

  private void late() {
    if (!over && cluster.admission().giveUp(this, true)) end(refused);
  }

  private void cancel() {
    if (over) return;
    end(() -> {});
    var _ = cluster.admission().giveUp(this, false); // else it was admitted, and leaves there
  }

  private void end(Runnable outcome) {
    over = true;
    if (timer != null) timer.cancel(false);
    outcome.run();
  }
}
