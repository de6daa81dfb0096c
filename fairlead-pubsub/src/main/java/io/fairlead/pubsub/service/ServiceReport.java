package io.fairlead.pubsub.service;

import io.fairlead.pubsub.ServiceState;
import java.util.List;

/**
 * How a service is at one moment.
 *
 * @param endpoint in use; empty while there is none
 * @param endpoints each with its health
 * @param chainId empty until it is known
 * @param headNumber -1 until one came
 */
public record ServiceReport(
    String name,
    ServiceState state,
    String endpoint,
    List<String> endpoints,
    String chainId,
    long headNumber,
    long headAgeSeconds,
    int inFlight,
    List<SubscriptionReport> subscriptions) {
  /** One subscription. */
  public record SubscriptionReport(
      String localId,
      String serverId,
      String method,
      String state,
      int handles,
      int queued,
      long items,
      long dropped) {}
}
