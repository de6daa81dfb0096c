package io.fairlead.control.api;

import java.util.List;

/**
 * One listener.
 *
 * @param addresses where it is really bound, port 0 resolved
 * @param service what it serves, e.g. {@code "http/site"}
 */
public record ListenerReport(
    String id, String service, List<String> addresses, long openConnections, long acceptedTotal) {
  public ListenerReport {
    addresses = List.copyOf(addresses);
  }
}
