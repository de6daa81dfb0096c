package io.fairlead.net.http;

/** Takes requests of an HTTP connection, one at a time, on its event loop. */
@FunctionalInterface
public interface RequestHandler {
  /**
   * Handles one request. Must lead to exactly one final response, upgrade or {@link
   * ServerExchange#abort}, now or later on the same event loop. What it throws is answered with
   * 500.
   */
  void handle(ServerExchange exchange);

  /** Hears of a request that the edge answers by itself, because of its head. */
  default void refused(RefusedRequest request) {}

  /** A handler that {@code first} takes the requests of, which may hand them on to this one. */
  default RequestHandler behind(RequestHandler first) {
    RequestHandler here = this;
    return new RequestHandler() {
      @Override
      public void handle(ServerExchange exchange) {
        first.handle(exchange);
      }

      @Override
      public void refused(RefusedRequest request) {
        here.refused(request);
      }
    };
  }
}
