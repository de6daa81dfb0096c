package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A stream through one gateway to each node; bytes go to and fro on all of them all the time. */
final class Traffic implements AutoCloseable {
  private static final long PAUSE_MILLIS = 20;
  private static final Duration PATIENCE = Duration.ofSeconds(10);

  /** One stream; its end is the time at which its reader saw it. */
  private static final class Stream {
    final RawClient client;
    final CompletableFuture<Long> end = new CompletableFuture<>();
    volatile long rounds; // written by the thread of its turn only

    Stream(RawClient client) {
      this.client = client;
    }

    void turn() {
      if (end.isDone()) return;
      try {
        client.send("ping").readUntil("ping");
        rounds = rounds + 1;
      } catch (SocketTimeoutException stuck) {
        end.completeExceptionally(stuck);
      } catch (IOException ended) {
        end.complete(System.nanoTime());
      }
    }
  }

  private final Map<String, Stream> streams = new LinkedHashMap<>();
  private final ScheduledExecutorService turns;

  /** Connects to nodes P1 to Pn, and begins. */
  Traffic(GatewayFixture gateway, int count) throws Exception {
    ChainWorld.everyNode(gateway, count)
        .forEach((name, client) -> streams.put(name, new Stream(client.timeout(PATIENCE))));
    turns = Executors.newScheduledThreadPool(count, Thread.ofVirtual().factory());
    assertThat(streams).hasSize(count);
    for (Stream each : streams.values())
      turns.scheduleWithFixedDelay(each::turn, 0, PAUSE_MILLIS, TimeUnit.MILLISECONDS);
  }

  Set<String> names() {
    return Set.copyOf(streams.keySet());
  }

  private Stream stream(String node) {
    Stream stream = streams.get(node);
    if (stream == null) throw new AssertionError("no stream to " + node + " in " + names());
    return stream;
  }

  boolean goesOn(String node) {
    return !stream(node).end.isDone();
  }

  /** When the stream to that node ended, in {@link System#nanoTime}; waits for it. */
  long ended(String node) throws InterruptedException {
    try {
      return stream(node).end.get(60, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException failure) {
      throw new AssertionError("the stream to " + node + " does not end", failure);
    }
  }

  /** Sees bytes go and come back on the streams to those nodes, none of which ever failed. */
  void undisturbed(String... nodes) {
    for (String node : nodes) {
      Stream stream = stream(node);
      long before = stream.rounds;
      await()
          .atMost(PATIENCE)
          .pollInterval(Duration.ofMillis(5))
          .until(() -> stream.end.isDone() || stream.rounds >= before + 2);
      assertThat(stream.end).as("the stream to " + node).isNotDone();
    }
  }

  @Override
  public void close() throws Exception {
    turns.shutdownNow();
    for (Stream each : streams.values()) each.client.close();
  }
}
