package io.fairlead.net.http;

/**
 * Passes requests on to upstreams and their responses back, with pooled connections, strict pairing
 * and end-to-end back-pressure. Shared; each exchange stays on its own event loop.
 */
public interface HttpForwarder {
  /** Takes over the exchange: reads its body, answers it, reports its end. */
  void forward(ServerExchange exchange, ForwardPlan plan, ForwardEvents events);
}
