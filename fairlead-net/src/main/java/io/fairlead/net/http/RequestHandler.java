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
}
