package io.fairlead.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import io.netty.util.ResourceLeakTracker;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which leaked Netty buffers are found. JUnit finds it by itself wherever
 * the testkit is on the class path, so that it is in place before the first buffer exists. Leaks
 * are only noticed at Netty's {@code paranoid} level, which the build sets, and after a collection:
 * one may be reported by the class after the one that leaked; its records name the place. A class
 * that released every buffer it opened cannot have leaked one and costs no collection.
 */
public final class LeakWatch implements BeforeAllCallback, AfterAllCallback {
  private static final int ROUNDS = 3;
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

  /** How many of the buffers opened since the last class are open; each knows its own count. */
  private static final AtomicReference<AtomicInteger> OPEN =
      new AtomicReference<>(new AtomicInteger());

  static {
    ResourceLeakDetectorFactory.setResourceLeakDetectorFactory(new Recording());
  }

  /** Collects garbage and returns the leaks noticed since the last call. */
  public static List<String> collect() {
    for (int round = 0; round < ROUNDS; round++) {
      System.gc();
      // Netty looks at what was collected whenever it hands out a buffer.
      for (int i = 0; i < 16; i++) {
        ByteBuf probe = PooledByteBufAllocator.DEFAULT.directBuffer(16);
        probe.release();
      }
    }
    return noticed();
  }

  /** What a class leaked that ends now; collects only when it left a buffer open. */
  static List<String> sinceTheLastClass() {
    AtomicInteger open = OPEN.getAndSet(new AtomicInteger());
    return open.get() == 0 ? noticed() : collect();
  }

  private static List<String> noticed() {
    List<String> found = new ArrayList<>();
    for (String leak = LEAKS.poll(); leak != null; leak = LEAKS.poll()) found.add(leak);
    return found;
  }

  @Override
  public void beforeAll(ExtensionContext context) {
    // Loading this class installed the recorder.
  }

  @Override
  public void afterAll(ExtensionContext context) {
    List<String> leaks = sinceTheLastClass();
    if (!leaks.isEmpty()) {
      throw new AssertionError(leaks.size() + " leaked buffers:\n" + String.join("\n\n", leaks));
    }
  }

  private static final class Recording extends ResourceLeakDetectorFactory {
    @Override
    public <T> ResourceLeakDetector<T> newResourceLeakDetector(
        Class<T> resource, int samplingInterval, long maxActive) {
      return new RecordingDetector<>(resource, samplingInterval);
    }
  }

  private static final class RecordingDetector<T> extends ResourceLeakDetector<T> {
    RecordingDetector(Class<T> resource, int samplingInterval) {
      super(resource, samplingInterval);
    }

    @Override
    public @Nullable ResourceLeakTracker<T> track(T resource) {
      return counted(super.track(resource));
    }

    @Override
    public @Nullable ResourceLeakTracker<T> trackForcibly(T resource) {
      return counted(super.trackForcibly(resource));
    }

    private static <T> @Nullable ResourceLeakTracker<T> counted(
        @Nullable ResourceLeakTracker<T> tracker) {
      return tracker == null ? null : new Counted<>(tracker, OPEN.get());
    }

    @Override
    protected boolean needReport() {
      return true;
    }

    @Override
    protected void reportTracedLeak(String resourceType, String records) {
      LEAKS.add(resourceType + records);
    }

    @Override
    protected void reportUntracedLeak(String resourceType) {
      LEAKS.add(resourceType + " (no records)");
    }
  }

  private static final class Counted<T> implements ResourceLeakTracker<T> {
    private final ResourceLeakTracker<T> tracker;
    private final AtomicInteger open;

    Counted(ResourceLeakTracker<T> tracker, AtomicInteger open) {
      this.tracker = tracker;
      this.open = open;
      open.incrementAndGet();
    }

    @Override
    public void record() {
      tracker.record();
    }

    @Override
    public void record(Object hint) {
      tracker.record(hint);
    }

    @Override
    public boolean close(T resource) {
      boolean closed = tracker.close(resource);
      if (closed) open.decrementAndGet();
      return closed;
    }

    @Override
    public @Nullable Throwable getCloseStackTraceIfAny() {
      return tracker.getCloseStackTraceIfAny();
    }
  }
}
