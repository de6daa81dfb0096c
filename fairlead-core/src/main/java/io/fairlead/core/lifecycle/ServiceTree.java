package io.fairlead.core.lifecycle;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Starts services in declared order, drains and closes them in reverse. A failed start closes what
 * had started, in reverse; later failures are added as suppressed. All drains share one deadline.
 *
 * <p>{@link #start}, {@link #drain} and {@link #close} belong to one thread; {@link #states} may be
 * read from any.
 */
public final class ServiceTree implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(ServiceTree.class);

  private final List<Service> services;
  private final Map<String, ServiceState> states = new LinkedHashMap<>(); // guarded by itself
  private final List<Service> open = new ArrayList<>();
  private boolean started;

  public ServiceTree(List<? extends Service> services) {
    this.services = List.copyOf(services);
    for (Service service : this.services) {
      if (states.put(service.name(), ServiceState.NEW) != null) {
        throw new IllegalArgumentException(
            "service name: " + service.name() + " (expected: each name once)");
      }
    }
  }

  /** Names in start order. */
  public List<String> names() {
    return services.stream().map(Service::name).toList();
  }

  /** State of every service, in start order. */
  public Map<String, ServiceState> states() {
    synchronized (states) {
      return new LinkedHashMap<>(states);
    }
  }

  /**
   * Starts every service in order.
   *
   * @throws StartException the first failure; what had started is closed
   * @throws IllegalStateException called twice
   */
  public void start() throws StartException, InterruptedException {
    startBut(Set.of());
  }

  /**
   * Starts every service in order, but leaves these for {@link #startLater}.
   *
   * @throws StartException the first failure; what had started is closed
   * @throws IllegalStateException called twice
   */
  public void startBut(Set<? extends Service> later) throws StartException, InterruptedException {
    if (started) throw new IllegalStateException("service tree: already started");
    started = true;
    for (Service service : services) {
      if (!later.contains(service)) startOne(service);
    }
  }

  /**
   * Starts one that was left out. It drains and closes in its place of the declared order all the
   * same.
   *
   * @throws StartException it cannot start; everything is closed
   */
  public void startLater(Service service) throws StartException, InterruptedException {
    if (!started || !services.contains(service) || open.contains(service)) {
      throw new IllegalStateException("service tree: " + service.name() + " was not left out");
    }
    startOne(service);
  }

  private void startOne(Service service) throws StartException, InterruptedException {
    enter(service, ServiceState.STARTING);
    try {
      service.start();
      open.add(service);
      open.sort(Comparator.comparingInt(services::indexOf));
      enter(service, ServiceState.RUNNING);
    } catch (StartException | InterruptedException | RuntimeException | Error failure) {
      enter(service, ServiceState.FAILED);
      closeAfter(service, failure);
      throw failure;
    }
  }

  /** Drains in reverse order under one deadline. A failing drain is logged and the next goes on. */
  public void drain(Deadline deadline) throws InterruptedException {
    for (Service service : open.reversed()) {
      enter(service, ServiceState.DRAINING);
      try {
        service.drain(deadline);
      } catch (RuntimeException failure) {
        log.atError().addKeyValue("service", service.name()).setCause(failure).log("drain failed");
      }
    }
  }

  /** Closes in reverse order; idempotent. */
  @Override
  public void close() {
    for (Service service : open.reversed()) {
      closeQuietly(service);
    }
    open.clear();
  }

  private void closeAfter(Service failed, Throwable failure) {
    try {
      failed.close();
    } catch (RuntimeException later) {
      failure.addSuppressed(later);
    }
    for (Service service : open.reversed()) {
      try {
        service.close();
      } catch (RuntimeException later) {
        failure.addSuppressed(later);
      }
      enter(service, ServiceState.CLOSED);
    }
    open.clear();
  }

  private void closeQuietly(Service service) {
    try {
      service.close();
    } catch (RuntimeException failure) {
      log.atError().addKeyValue("service", service.name()).setCause(failure).log("close failed");
    }
    enter(service, ServiceState.CLOSED);
  }

  private void enter(Service service, ServiceState state) {
    synchronized (states) {
      states.put(service.name(), state);
    }
    log.atDebug()
        .addKeyValue("service", service.name())
        .addKeyValue("state", state)
        .log("service state changed");
  }
}
