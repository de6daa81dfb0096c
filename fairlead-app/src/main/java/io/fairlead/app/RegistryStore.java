package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.HandOver;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.registry.RegistryService;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The registry as something that changes hands: its loops run, and its state and journals are
 * written, in one process at a time. Nobody is let in through the listeners it decides about until
 * its last good lists are in force.
 */
final class RegistryStore implements HandOver {
  private static final Logger log = LoggerFactory.getLogger(RegistryStore.class);

  private final RegistryService registry;
  private final Supplier<GatewayConfig> running;
  private final boolean inherits;
  private volatile Optional<Path> ownFolder = Optional.empty();

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

  /** The successor is in: only those who are still connected here are our concern. */
  void followOn() {
    try {
      Path own = Files.createTempDirectory("fairlead-registry-");
      ownFolder = Optional.of(own);
      registry.followOn(own);
    } catch (IOException | StartException failure) {
      log.atError()
          .addKeyValue("why", failure.getMessage())
          .log("registry is not followed while connections drain");
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  private void removeOwnFolder() {
    if (ownFolder.isEmpty()) return;
    try (Stream<Path> files = Files.list(ownFolder.get())) {
      for (Path file : files.toList()) Files.deleteIfExists(file);
      Files.deleteIfExists(ownFolder.get());
    } catch (IOException left) {
      log.atDebug().addKeyValue("path", ownFolder.get()).log("registry folder stays");
    }
  }

  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    registry.drain(deadline);
  }

  @Override
  public void close() {
    registry.close();
    removeOwnFolder();
  }
}
