package io.fairlead.pubsub;

/**
 * One of several nodes.
 *
 * @param alias its name in logs, meters and reports
 * @param priority lower is better
 * @param weight share among equals
 * @param role what it is used for
 * @param requestsPerSecond at most; 0 for no bound
 */
public record Endpoint(
    String alias, Connector connector, int priority, int weight, Role role, int requestsPerSecond) {
  /** What an endpoint is used for. */
  public enum Role {
    ALL,
    /** Large questions only, never subscriptions. */
    BULK
  }

  public Endpoint {
    if (alias.isBlank()) throw new IllegalArgumentException("alias: empty (expected: a name)");
    if (connector instanceof MultiConnector)
      throw new IllegalArgumentException("connector: several endpoints (expected: one)");
  }

  public static Endpoint of(String alias, Connector connector) {
    return new Endpoint(alias, connector, 1, 1, Role.ALL, 0);
  }

  /** Name of the endpoint of role BULK that is the same node as this one. */
  public static String largeOf(String alias) {
    return alias + "-large";
  }

  public Endpoint priority(int next) {
    return new Endpoint(alias, connector, next, weight, role, requestsPerSecond);
  }

  public Endpoint requestsPerSecond(int next) {
    return new Endpoint(alias, connector, priority, weight, role, next);
  }

  public Endpoint role(Role next) {
    return new Endpoint(alias, connector, priority, weight, next, requestsPerSecond);
  }
}
