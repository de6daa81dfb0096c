package io.fairlead.control.series;

import java.util.List;
import java.util.OptionalDouble;

/**
 * One series: meters of one name, added up.
 *
 * @param name as the exporter spells it, with the label that picks among them
 * @param meter their name in the registry
 * @param tag key of the label; empty when all of them count
 * @param value of the label
 * @param quantile of a timer's durations since the sample before, in seconds; empty for others
 */
record Track(String name, String meter, String tag, String value, OptionalDouble quantile) {
  /** What the charts of the dashboard show. */
  static final List<Track> ALL =
      List.of(
          all("fairlead_http_requests_total", "fairlead.http.requests"),
          one("fairlead_http_requests_total", "fairlead.http.requests", "code", "4xx"),
          one("fairlead_http_requests_total", "fairlead.http.requests", "code", "5xx"),
          quantile("fairlead_http_request_duration_seconds", "fairlead.http.request.duration", 0.5),
          quantile(
              "fairlead_http_request_duration_seconds", "fairlead.http.request.duration", 0.99),
          all("fairlead_connections_open", "fairlead.connections.open"),
          all("fairlead_connections_accepted_total", "fairlead.connections.accepted"),
          one("fairlead_bytes_total", "fairlead.bytes", "direction", "received"),
          one("fairlead_bytes_total", "fairlead.bytes", "direction", "sent"),
          one("fairlead_memory_budget_bytes", "fairlead.memory.budget.bytes", "kind", "used"),
          one("fairlead_memory_budget_bytes", "fairlead.memory.budget.bytes", "kind", "limit"),
          one("fairlead_mqtt_messages_total", "fairlead.mqtt.messages", "direction", "received"),
          one("fairlead_mqtt_messages_total", "fairlead.mqtt.messages", "direction", "sent"),
          all("fairlead_mqtt_clients", "fairlead.mqtt.clients"),
          all("fairlead_proxy_flows", "fairlead.proxy.flows"));

  private static Track all(String name, String meter) {
    return new Track(name, meter, "", "", OptionalDouble.empty());
  }

  private static Track one(String name, String meter, String tag, String value) {
    String picked = name + "{" + tag + "=\"" + value + "\"}";
    return new Track(picked, meter, tag, value, OptionalDouble.empty());
  }

  private static Track quantile(String name, String meter, double quantile) {
    String picked = name + "{quantile=\"" + quantile + "\"}";
    return new Track(picked, meter, "", "", OptionalDouble.of(quantile));
  }
}
