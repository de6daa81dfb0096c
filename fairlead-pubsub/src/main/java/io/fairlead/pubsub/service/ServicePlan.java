package io.fairlead.pubsub.service;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.trace.Spans;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.pubsub.CallInterceptor;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.Connector;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.EndpointMode;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.endpoint.RequestBudgets;
import io.fairlead.pubsub.netty.Wiring;
import io.fairlead.pubsub.request.ResendRules;
import io.fairlead.pubsub.request.SubscribeMethods;
import java.util.List;
import java.util.concurrent.CompletionStage;

/**
 * Everything a service is made of.
 *
 * @param name of the chain, in logs, meters and reports
 * @param dial connects to one endpoint on the service's own loop
 */
public record ServicePlan(
    String name,
    Nodes nodes,
    ChainIdentity identity,
    ServiceSettings settings,
    Methods methods,
    Surroundings surroundings,
    Dial dial) {
  /** The endpoints, and how they are used together. */
  public record Nodes(List<Endpoint> endpoints, EndpointMode mode) {
    public Nodes {
      endpoints = List.copyOf(endpoints);
    }

    /** One at a time. */
    static Nodes inTurn(List<Endpoint> endpoints) {
      return new Nodes(endpoints, new EndpointMode.Failover());
    }
  }

  /** The endpoints to begin with. */
  public List<Endpoint> endpoints() {
    return nodes.endpoints();
  }

  /** What is known of methods, and who stands around calls. */
  public record Methods(
      ResendRules resend, SubscribeMethods subscribe, List<CallInterceptor> interceptors) {
    public Methods {
      interceptors = List.copyOf(interceptors);
    }
  }

  /**
   * @param ownLoops whether the loops end with the service
   * @param budgets of all services that go to the same endpoints
   * @param spans is told of each request
   */
  public record Surroundings(
      EventLoops loops,
      boolean ownLoops,
      Clock clock,
      Randomness randomness,
      Meters meters,
      RequestBudgets budgets,
      Spans spans) {
    /** The same for a service beside another one, which keeps the loops. */
    Surroundings beside() {
      return new Surroundings(loops, false, clock, randomness, meters, budgets, spans);
    }
  }

  /** Connects. */
  @FunctionalInterface
  public interface Dial {
    CompletionStage<ConnectionHandle> connect(Connector connector, Wiring wiring);
  }
}
