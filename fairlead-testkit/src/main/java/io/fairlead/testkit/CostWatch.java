package io.fairlead.testkit;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.extension.AfterTestExecutionCallback;
import org.junit.jupiter.api.extension.BeforeTestExecutionCallback;
import org.junit.jupiter.api.extension.ExtensionContext;
import org.junit.jupiter.api.extension.ExtensionContext.Namespace;

/**
 * Holds a test to its {@link CostsAtMost}. Processor time is what the threads that are there at the
 * end have used since the beginning: a machine that is busy with something else does not add to it,
 * nor do the compiler and the collector, whose threads are not Java's. What one test costs is told
 * in its report, whether it fails or not.
 */
public final class CostWatch implements BeforeTestExecutionCallback, AfterTestExecutionCallback {
  private static final Namespace HERE = Namespace.create(CostWatch.class);
  private static final long MEBI = 1024 * 1024;

  private record Begin(Map<Long, Long> processorNanos, long heapBytes) {}

  @Override
  public void beforeTestExecution(ExtensionContext context) {
    context.getStore(HERE).put(Begin.class, new Begin(processorNanos(), heapBytes()));
  }

  @Override
  public void afterTestExecution(ExtensionContext context) {
    Begin begin = context.getStore(HERE).remove(Begin.class, Begin.class);
    if (begin == null) throw new IllegalStateException("it never began");
    long processorMillis = 0;
    for (Map.Entry<Long, Long> thread : processorNanos().entrySet()) {
      long before = begin.processorNanos().getOrDefault(thread.getKey(), 0L);
      processorMillis += Math.max(0, thread.getValue() - before) / 1_000_000;
    }
    long heapMebi = (heapBytes() - begin.heapBytes()) / MEBI;
    context.publishReportEntry("cost", processorMillis + " ms, " + heapMebi + " MiB");
    if (context.getExecutionException().isPresent()) return; // that is what went wrong
    CostsAtMost bound = context.getRequiredTestMethod().getAnnotation(CostsAtMost.class);
    if (bound == null) throw new IllegalStateException("no bound on " + context.getDisplayName());
    if (processorMillis > bound.processorMillis()) {
      throw new AssertionError(
          "processor time: %d ms (expected: <= %d)"
              .formatted(processorMillis, bound.processorMillis()));
    }
    if (heapMebi > bound.heapMebi()) {
      throw new AssertionError(
          "heap that stays in use: %d MiB (expected: <= %d)".formatted(heapMebi, bound.heapMebi()));
    }
  }

  private static Map<Long, Long> processorNanos() {
    ThreadMXBean threads = ManagementFactory.getThreadMXBean();
    Map<Long, Long> nanos = new HashMap<>();
    for (long id : threads.getAllThreadIds()) nanos.put(id, threads.getThreadCpuTime(id));
    return nanos;
  }

  private static long heapBytes() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
  }
}
