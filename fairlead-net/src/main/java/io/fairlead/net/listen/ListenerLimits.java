package io.fairlead.net.listen;

import io.fairlead.core.unit.Limit;

/**
 * Bounds of one listener, besides those of the process.
 *
 * @param connections open at a time; more are closed after the accept
 * @param connectionsPerIp open at a time from one source
 * @param drain what happens to connections when the listener goes
 */
public record ListenerLimits(Limit connections, Limit connectionsPerIp, DrainTimes drain) {
  public static final ListenerLimits DEFAULTS =
      new ListenerLimits(Limit.OFF, Limit.OFF, DrainTimes.DEFAULTS);
}
