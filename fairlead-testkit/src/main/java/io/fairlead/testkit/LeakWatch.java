package io.fairlead.testkit;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.ResourceLeakDetectorFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * Fails a test class after which leaked Netty buffers are found. JUnit finds it by itself wherever
 * the testkit is on the class path, so that it is in place before the first buffer exists. Leaks
 * are only noticed at Netty's {@code paranoid} level, which the build sets, and after a collection:
 * one may be reported by the class after the one that leaked; its records name the place.
 */
public final class LeakWatch implements BeforeAllCallback, AfterAllCallback {
  private static final int ROUNDS = 3;
  private static final Queue<String> LEAKS = new ConcurrentLinkedQueue<>();

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
    List<String> leaks = collect();
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
}
