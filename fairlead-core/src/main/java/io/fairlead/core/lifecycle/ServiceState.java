package io.fairlead.core.lifecycle;

/** Where a service is in its life. */
public enum ServiceState {
  NEW,
  STARTING,
  RUNNING,
  DRAINING,
  CLOSED,
  FAILED
}
