package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import java.time.Duration;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A client with one kept connection that does nothing wrong while others do. Whatever happens to
 * those, each of its requests must be answered, rightly and on the same connection.
 */
final class Bystander implements AutoCloseable {
  private static final Duration PAUSE = Duration.ofMillis(5);

  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong served = new AtomicLong();
  private final Semaphore turn = new Semaphore(1);
  private final Thread thread;
  private volatile boolean over;

  private Bystander(int port, String request, String expectedBody) {
    thread =
        Thread.ofVirtual()
            .name("bystander")
            .start(
                () -> {
                  try (RawClient client = RawClient.connect(port)) {
                    while (!over) {
                      turn.acquireUninterruptibly();
                      StrictHttpParser.Response answer;
                      try {
                        answer = client.send(request).readResponse();
                      } finally {
                        turn.release();
                      }
                      if (answer.status() != 200 || !answer.text().equals(expectedBody)) {
                        failures.add(answer.status() + ": " + answer.text());
                      }
                      if (!client.silentFor(PAUSE)) failures.add("bytes nobody asked for");
                      served.incrementAndGet();
                    }
                  } catch (IOException failure) {
                    failures.add(failure.toString());
                  }
                });
  }

  static Bystander start(int port, String request, String expectedBody) {
    return new Bystander(port, request, expectedBody);
  }

  /** Asks for nothing until {@link #goOn}. */
  void pause() {
    turn.acquireUninterruptibly();
  }

  void goOn() {
    turn.release();
  }

  /** Nothing went wrong until now, and another request was served since the call began. */
  void assertUndisturbed() {
    long before = served.get();
    org.awaitility.Awaitility.await()
        .until(() -> served.get() > before + 1 || !failures.isEmpty() || !thread.isAlive());
    assertThat(failures).as("what the client that did nothing wrong saw").isEmpty();
  }

  @Override
  public void close() {
    over = true;
    try {
      thread.join();
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
