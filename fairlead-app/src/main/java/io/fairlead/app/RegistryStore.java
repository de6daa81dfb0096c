package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.registry.RegistryService;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/**
 * The registry as something that changes hands: its loops run, and its state and journals are
 * written, in one process at a time. Nobody is let in through the listeners it decides about until
 * its last good lists are in force.
 */
final class RegistryStore implements HandOver {
  private final RegistryService registry;
  private final Supplier<GatewayConfig> running;
  private final boolean inherits;

  /**
   * @param running the configuration as it is now
   * @param inherits the state is that of a process which has just released it
   */
  RegistryStore(RegistryService registry, Supplier<GatewayConfig> running, boolean inherits) {
    this.registry = registry;
    this.running = running;
    this.inherits = inherits;
  }

  @Override
  public String name() {
    return registry.name();
  }

  @Override
  public Set<String> listeners() {
    GatewayConfig config = running.get();
    if (config.registry().idle()) return Set.of();
    return config.listeners().values().stream()
        .filter(listener -> listener.proto() != ListenerConfig.Proto.ECHO)
        .map(ListenerConfig::id)
        .collect(Collectors.toUnmodifiableSet());
  }

  @Override
  public void start() throws StartException, InterruptedException {
    if (inherits) registry.resume();
    else registry.start();
  }

  @Override
  public void release(Deadline deadline) {
    registry.close();
  }

  @Override
  public void reopen() throws StartException, InterruptedException {
    registry.resume();
  }

  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    registry.drain(deadline);
  }

  @Override
  public void close() {
    registry.close();
  }
}
