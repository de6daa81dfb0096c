package io.fairlead.control.api;

import io.fairlead.core.lifecycle.ServiceState;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The gateway in one look.
 *
 * @param name the gateway's configured name
 * @param sentence the state in words, the same as the service manager is told
 * @param modules state by service name, in start order
 * @param connections open ones that carry traffic
 * @param degraded what is not as it should be, one line each; empty when healthy
 */
public record StatusReport(
    String name,
    String version,
    long pid,
    String sentence,
    long generation,
    String hash,
    Instant startedAt,
    Duration uptime,
    Map<String, ServiceState> modules,
    long connections,
    List<String> degraded) {
  public StatusReport {
    modules = Collections.unmodifiableMap(new LinkedHashMap<>(modules));
    degraded = List.copyOf(degraded);
  }
}
