package io.fairlead.pubsub;

import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** Several nodes that serve the same chain. */
public final class MultiConnector implements Connector {
  private final List<Endpoint> endpoints;
  private final EndpointMode mode;

  private MultiConnector(List<Endpoint> endpoints, EndpointMode mode) {
    this.endpoints = endpoints;
    this.mode = mode;
  }

  /**
   * @param endpoints at least one, with different aliases
   */
  public static MultiConnector of(List<Endpoint> endpoints, EndpointMode mode) {
    if (endpoints.isEmpty())
      throw new IllegalArgumentException("endpoints: none (expected: at least one)");
    HashSet<String> aliases = new HashSet<>();
    for (Endpoint each : endpoints) {
      if (!aliases.add(each.alias()))
        throw new IllegalArgumentException("alias: " + each.alias() + " (expected: once)");
    }
    return new MultiConnector(
        endpoints.stream().sorted(Comparator.comparingInt(Endpoint::priority)).toList(), mode);
  }

  public static MultiConnector failover(List<Endpoint> endpoints) {
    return of(endpoints, new EndpointMode.Failover());
  }

  /** Best first. */
  public List<Endpoint> endpoints() {
    return endpoints;
  }

  public EndpointMode mode() {
    return mode;
  }

  @Override
  public boolean isLocal() {
    return endpoints.stream().allMatch(each -> each.connector().isLocal());
  }

  /** One connection, to the best endpoint that takes it; a service chooses by itself. */
  @Override
  public CompletionStage<ConnectionHandle> connect() {
    CompletableFuture<ConnectionHandle> made = new CompletableFuture<>();
    attempt(0, made);
    return made;
  }

  private void attempt(int index, CompletableFuture<ConnectionHandle> made) {
    var _ =
        endpoints
            .get(index)
            .connector()
            .connect()
            .whenComplete(
                (connection, failure) -> {
                  if (connection != null) made.complete(connection);
                  else if (index + 1 < endpoints.size()) attempt(index + 1, made);
                  else made.completeExceptionally(failure);
                });
  }

  @Override
  public String alias() {
    return endpoints.getFirst().alias() + (endpoints.size() > 1 ? "+" : "");
  }

  @Override
  public String toString() {
    return endpoints.stream().map(Endpoint::alias).toList().toString();
  }
}
