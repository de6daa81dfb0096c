package io.fairlead.registry.evm;

import io.fairlead.core.lifecycle.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;

/**
 * Asks several endpoints at the same time, and waits for the slow ones no longer than is useful.
 */
final class Together {
  /** What waits for an answer; ends when its thread is interrupted. */
  @FunctionalInterface
  interface Task<T> {
    T run() throws ChainException, InterruptedException;
  }

  /**
   * How one task ended.
   *
   * @param failure present when there is no value
   */
  record Outcome<T>(Optional<T> value, Optional<ChainException> failure) {
    static <T> Outcome<T> of(T value) {
      return new Outcome<>(Optional.of(value), Optional.empty());
    }

    static <T> Outcome<T> failed(ChainException failure) {
      return new Outcome<>(Optional.empty(), Optional.of(failure));
    }

    T get() throws ChainException {
      if (failure.isPresent()) throw failure.get();
      return value.orElseThrow();
    }
  }

  private Together() {}

  /** Waits for all of them; the first failure counts. */
  static <T> List<T> all(List<Task<T>> tasks, Deadline deadline)
      throws ChainException, InterruptedException {
    List<T> values = new ArrayList<>(tasks.size());
    for (Outcome<T> outcome : run(tasks, _ -> false, Duration.ZERO, deadline)) {
      values.add(outcome.get());
    }
    return values;
  }

  /**
   * Waits for all of them; once what has come is enough, only {@code grace} longer.
   *
   * @param enough judges the outcomes so far
   * @return one outcome for each task, in their order
   */
  static <T> List<Outcome<T>> run(
      List<Task<T>> tasks, Predicate<List<Outcome<T>>> enough, Duration grace, Deadline deadline)
      throws InterruptedException {
    List<CompletableFuture<Outcome<T>>> futures = new ArrayList<>(tasks.size());
    List<Thread> threads = new ArrayList<>(tasks.size());
    for (Task<T> task : tasks) {
      CompletableFuture<Outcome<T>> future = new CompletableFuture<>();
      futures.add(future);
      threads.add(
          Thread.ofVirtual().name("registry-chain").start(() -> future.complete(ended(task))));
    }
    try {
      Deadline end = deadline;
      boolean graceful = false;
      while (futures.stream().anyMatch(future -> !future.isDone()) && !end.passed()) {
        if (!graceful && enough.test(finished(futures))) {
          graceful = true;
          end = end.atMost(grace);
          continue;
        }
        awaitNext(futures, end.remaining());
      }
    } finally {
      threads.forEach(Thread::interrupt);
    }
    return futures.stream().map(Together::nowOrLate).toList();
  }

  private static <T> Outcome<T> ended(Task<T> task) {
    try {
      return Outcome.of(task.run());
    } catch (ChainException failure) {
      return Outcome.failed(failure);
    } catch (InterruptedException late) {
      Thread.currentThread().interrupt();
      return late();
    } catch (RuntimeException broken) {
      return Outcome.failed(
          new ChainException(ChainException.Kind.MALFORMED, String.valueOf(broken.getMessage())));
    }
  }

  private static <T> void awaitNext(List<CompletableFuture<Outcome<T>>> futures, Duration most)
      throws InterruptedException {
    CompletableFuture<?>[] open =
        futures.stream().filter(future -> !future.isDone()).toArray(CompletableFuture[]::new);
    if (open.length == 0) return;
    try {
      CompletableFuture.anyOf(open).get(most.toNanos(), TimeUnit.NANOSECONDS);
    } catch (ExecutionException | TimeoutException late) {
      // An outcome is a value; what is late is told apart by the caller.
      return;
    }
  }

  private static <T> List<Outcome<T>> finished(List<CompletableFuture<Outcome<T>>> futures) {
    return futures.stream().filter(CompletableFuture::isDone).map(Together::nowOrLate).toList();
  }

  private static <T> Outcome<T> nowOrLate(CompletableFuture<Outcome<T>> future) {
    Outcome<T> late = late();
    return future.getNow(late);
  }

  private static <T> Outcome<T> late() {
    return Outcome.failed(new ChainException(ChainException.Kind.TIMEOUT, "no answer in time"));
  }
}
