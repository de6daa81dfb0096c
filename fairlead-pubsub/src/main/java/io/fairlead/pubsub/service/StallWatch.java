package io.fairlead.pubsub.service;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.EndReason;
import io.fairlead.pubsub.Head;
import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import io.fairlead.pubsub.request.Request;
import io.fairlead.pubsub.subscription.ItemSink;
import java.time.Duration;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Follows new headers to notice that they stopped. When none came for long, the node is asked for
 * its height: has it grown, the subscriptions are dead and are made anew, twice, then the
 * connection; has it not, the chain stands still, and that is only told. While the node is catching
 * up, nothing is done. On the event loop; the two figures may be read from any thread.
 */
final class StallWatch implements ItemSink {
  private static final Duration LOOK = Duration.ofSeconds(5);
  private static final long AGE_MIN_NANOS = Duration.ofSeconds(30).toNanos();
  private static final long AGE_MAX_NANOS = Duration.ofMinutes(5).toNanos();
  private static final int BLOCKS = 30;
  private static final int RENEWALS_MAX = 2;

  private final ChainService service;
  private final Timers timers;
  private final Clock clock;
  private @Nullable Served served;
  private Timers.@Nullable Handle looking;
  private boolean asked;
  private boolean stopped;
  private boolean asking;
  private int renewals;
  private long meanNanos;
  private volatile long headNumber = -1;
  private volatile long headNanos;

  StallWatch(ChainService service, Timers timers, Clock clock) {
    this.service = service;
    this.timers = timers;
    this.clock = clock;
  }

  /** Height of the newest header; -1 while there is none. */
  long headNumber() {
    return headNumber;
  }

  /** Seconds since it came; 0 while there is none. */
  long headAge() {
    return headNumber < 0 ? 0 : Duration.ofNanos(clock.nanos() - headNanos).toSeconds();
  }

  /** There is a connection: it subscribes once, before anything else does again. */
  void up() {
    renewals = 0;
    headNanos = clock.nanos();
    if (stopped || !service.plan().settings().heads()) return;
    if (!asked) {
      asked = true;
      service
          .subscriptions()
          .subscribe(
              new Subscriptions.Wish(
                  "eth_subscribe", "eth_unsubscribe", Json.array("newHeads"), true),
              joined -> {
                served = joined;
                return this;
              })
          .exceptionally(_ -> null); // a server without headers is not watched
    }
    look();
  }

  void down() {
    cancel();
  }

  void stop() {
    stopped = true;
    cancel();
  }

  private void cancel() {
    Timers.Handle timer = looking;
    looking = null;
    if (timer != null) timer.cancel();
    asking = false;
  }

  @Override
  public void item(JsonSlice item) {
    long number;
    try {
      Head head = item.decode(Decoders.head());
      number = head.number();
    } catch (PubSubException.DecodeError _) {
      return;
    }
    long nowNanos = clock.nanos();
    if (headNumber >= 0 && number > headNumber) {
      long each = (nowNanos - headNanos) / (number - headNumber);
      meanNanos = meanNanos == 0 ? each : (meanNanos * 7 + each) / 8;
    }
    headNumber = number;
    headNanos = nowNanos;
    renewals = 0;
    service.head(number);
  }

  @Override
  public void ended(EndReason reason) {
    served = null;
    // Refused for good; after a time-out or a restart of the node the next connection asks anew.
    if (!(reason instanceof EndReason.SubscribeFailed)) asked = false;
  }

  /** How old the newest header may be. */
  private long ageMaxNanos() {
    long allowed = meanNanos == 0 ? AGE_MAX_NANOS : BLOCKS * meanNanos;
    return Math.clamp(allowed, AGE_MIN_NANOS, AGE_MAX_NANOS);
  }

  private void look() {
    cancel();
    looking =
        timers.after(
            LOOK,
            () -> {
              if (served != null && !asking && clock.nanos() - headNanos > ageMaxNanos()) ask();
              else look();
            });
  }

  private void ask() {
    asking = true;
    question(
        "eth_syncing",
        syncing -> {
          if (!syncing.toString().equals("false")) {
            headNanos = clock.nanos();
            look();
            return;
          }
          question(
              "eth_blockNumber",
              height -> {
                judge(height.decode(Decoders.quantity()));
                look();
              });
        });
  }

  private void judge(long height) {
    long ageSeconds = headAge();
    headNanos = clock.nanos(); // the next look is as far away as this one was
    if (height <= headNumber || headNumber < 0) {
      service.stalled(ageSeconds);
    } else if (renewals++ < RENEWALS_MAX) {
      service.renew();
    } else {
      service.giveUpConnection();
    }
  }

  private void question(String method, Consumer<JsonSlice> then) {
    service.ask(
        method,
        "[]",
        service.plan().settings().requestTimeout(),
        new Request.Waiter() {
          @Override
          public void result(JsonSlice result) {
            asking = false;
            try {
              then.accept(result);
            } catch (PubSubException.DecodeError _) {
              look();
            }
          }

          @Override
          public void failed(PubSubException failure) {
            asking = false;
            look();
          }
        });
  }
}
