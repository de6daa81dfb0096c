package io.fairlead.app.pubsub;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import io.fairlead.pubsub.service.ChainService;
import io.fairlead.pubsub.service.ServiceReport;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Tells, retained, how a chain is: at once when its state or its endpoint changes, and every ten
 * seconds where its height does. On a thread of its own, which looks each quarter of a second.
 */
final class ChainStatus implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(250);
  private static final long HEIGHT_NANOS = Duration.ofSeconds(10).toNanos();

  private final Supplier<Optional<ChainService>> chain;
  private final ChainPayloads payloads;
  private final TopicOut out;
  private final int qos;
  private final Clock clock;
  private final Thread thread;
  private @Nullable ServiceReport told; // of the thread, as is the time
  private long toldNanos;

  ChainStatus(
      String name,
      Supplier<Optional<ChainService>> chain,
      ChainPayloads payloads,
      TopicOut out,
      int qos,
      Clock clock) {
    this.chain = chain;
    this.payloads = payloads;
    this.out = out;
    this.qos = qos;
    this.clock = clock;
    this.thread = Thread.ofVirtual().name("chain-" + name + "-status").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        Optional<ChainService> there = chain.get();
        if (there.isPresent()) look(there.get().report().get());
        Pause.system().sleep(LOOK);
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    } catch (ExecutionException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  private void look(ServiceReport now) {
    ServiceReport before = told;
    if (before != null
        && before.state() == now.state()
        && before.endpoint().equals(now.endpoint())
        && (before.headNumber() == now.headNumber() || clock.nanos() - toldNanos < HEIGHT_NANOS))
      return;
    told = now;
    toldNanos = clock.nanos();
    var _ = out.publish(payloads.status(now, qos)); // the next one says it anew
  }

  @Override
  public void close() {
    thread.interrupt();
  }
}
