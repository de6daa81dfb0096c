package io.fairlead.control;

import com.sun.management.UnixOperatingSystemMXBean;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.lifecycle.ServiceState;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.micrometer.core.instrument.binder.jvm.ClassLoaderMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufAllocatorMetric;
import io.netty.buffer.ByteBufAllocatorMetricProvider;
import java.lang.management.ManagementFactory;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Meters of the process itself: build, age, module states, descriptors, buffers, missed events, and
 * the JVM's standard set. Close ends the garbage collection listener.
 */
public final class ProcessMeters implements AutoCloseable {
  private final JvmGcMetrics collections = new JvmGcMetrics();

  private ProcessMeters() {}

  /**
   * Declares them; once per registry.
   *
   * @param modules names of the services, fixed from here on
   * @param states of the services, asked at each scrape
   */
  public static ProcessMeters declare(
      Meters meters,
      Clock clock,
      String version,
      List<String> modules,
      Supplier<Map<String, ServiceState>> states,
      EventBus events) {
    ProcessMeters own = new ProcessMeters();
    long startedNanos = clock.nanos();
    meters.gauge(
        "build.info",
        "Always 1; the labels say what runs.",
        () -> 1,
        "version",
        version,
        "java",
        Runtime.version().toString());
    meters.gauge(
        "uptime.seconds",
        "Age of the process.",
        () -> TimeUnit.NANOSECONDS.toSeconds(clock.nanos() - startedNanos));
    for (String module : modules) {
      for (ServiceState state : ServiceState.values()) {
        meters.gauge(
            "module.state",
            "1 for the state the module is in.",
            () -> states.get().get(module) == state ? 1 : 0,
            "module",
            module,
            "state",
            state.name().toLowerCase(Locale.ROOT));
      }
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system) {
      meters.gauge("fd.open", "Open file descriptors.", system::getOpenFileDescriptorCount);
      meters.gauge("fd.limit", "Descriptors it may open.", system::getMaxFileDescriptorCount);
    }
    if (ByteBufAllocator.DEFAULT instanceof ByteBufAllocatorMetricProvider provider) {
      ByteBufAllocatorMetric metric = provider.metric();
      String help = "Memory the buffer allocator holds.";
      meters.gauge("buffer.memory.bytes", help, metric::usedDirectMemory, "kind", "direct");
      meters.gauge("buffer.memory.bytes", help, metric::usedHeapMemory, "kind", "heap");
    }
    meters.counter("events.dropped", "Events onlookers missed.", events::dropped);
    new ClassLoaderMetrics().bindTo(meters.registry());
    new JvmMemoryMetrics().bindTo(meters.registry());
    new JvmThreadMetrics().bindTo(meters.registry());
    new ProcessorMetrics().bindTo(meters.registry());
    own.collections.bindTo(meters.registry());
    return own;
  }

  @Override
  public void close() {
    collections.close();
  }
}
