package io.fairlead.app.trace;

import io.fairlead.net.journal.AccessEntry;
import io.fairlead.net.journal.TracePlace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongPredicate;
import java.util.random.RandomGenerator;

/**
 * Makes spans of lines of the access log, by OpenTelemetry's names for what is known of HTTP. A
 * client's address and a request's query are not in them.
 */
final class EntrySpans {
  private static final int SERVER_ERROR = 500;
  private static final int CLIENT_ERROR = 400;

  private EntrySpans() {}

  /**
   * The spans of what ended; none where its trace is not recorded.
   *
   * @param records whether a trace that begins with it is, by a number that chance gave
   */
  static List<Span> of(AccessEntry entry, RandomGenerator random, LongPredicate records) {
    return switch (entry.kind()) {
      case REQUEST -> request(entry, random, records);
      case STREAM -> records.test(random.nextLong()) ? List.of(stream(entry, random)) : List.of();
      case INTERIM -> List.of();
    };
  }

  private static List<Span> request(
      AccessEntry entry, RandomGenerator random, LongPredicate records) {
    TracePlace place = entry.trace();
    boolean linked = !place.told().isEmpty();
    if (linked ? !place.recorded() : !records.test(random.nextLong())) return List.of();
    String trace = linked ? place.trace() : SpanIds.trace(random);
    String id = SpanIds.span(random);
    List<Span> spans = new ArrayList<>(2);
    spans.add(server(entry, trace, id, linked ? place.caller() : ""));
    if (!entry.upstream().endpoint().isEmpty()) {
      spans.add(client(entry, trace, linked ? place.told() : SpanIds.span(random), id));
    }
    return spans;
  }

  private static Span server(AccessEntry entry, String trace, String id, String caller) {
    Map<String, Object> facts = new LinkedHashMap<>();
    AccessEntry.Asked asked = entry.asked();
    facts.put("http.request.method", asked.method());
    facts.put("url.scheme", asked.scheme());
    facts.put("url.path", asked.path());
    facts.put("server.address", asked.host());
    facts.put("network.protocol.version", version(asked.protocol()));
    facts.put("user_agent.original", entry.client().agent());
    facts.put("http.response.status_code", entry.outcome().status());
    facts.put("fairlead.request_id", entry.id());
    facts.put("fairlead.listener", entry.listener());
    facts.put("fairlead.service", entry.service());
    facts.put("fairlead.route", entry.route());
    int status = entry.outcome().status();
    Optional<String> error =
        status >= SERVER_ERROR
            ? Optional.of(entry.outcome().error().orElse(Integer.toString(status)))
            : Optional.empty();
    return span("http.server", Span.Role.SERVER, trace, id, caller, entry, facts, error);
  }

  private static Span client(AccessEntry entry, String trace, String id, String caller) {
    Map<String, Object> facts = new LinkedHashMap<>();
    AccessEntry.Upstream upstream = entry.upstream();
    facts.put("http.request.method", entry.asked().method());
    facts.put("server.address", upstream.endpoint());
    if (upstream.status() > 0) facts.put("http.response.status_code", upstream.status());
    if (upstream.attempts() > 1) facts.put("http.request.resend_count", upstream.attempts() - 1);
    if (upstream.connectNanos() >= 0) facts.put("fairlead.connect_ns", upstream.connectNanos());
    if (upstream.firstByteNanos() >= 0) {
      facts.put("fairlead.first_byte_ns", upstream.firstByteNanos());
    }
    Optional<String> error =
        upstream.status() >= CLIENT_ERROR
            ? Optional.of(Integer.toString(upstream.status()))
            : upstream.status() > 0 ? Optional.empty() : entry.outcome().error();
    return span("http.client", Span.Role.CLIENT, trace, id, caller, entry, facts, error);
  }

  private static Span stream(AccessEntry entry, RandomGenerator random) {
    Map<String, Object> facts = new LinkedHashMap<>();
    facts.put("network.protocol.name", entry.asked().protocol());
    facts.put("server.address", entry.asked().host());
    facts.put("fairlead.listener", entry.listener());
    facts.put("fairlead.service", entry.service());
    facts.put("fairlead.received_bytes", entry.outcome().receivedBytes());
    facts.put("fairlead.sent_bytes", entry.outcome().sentBytes());
    entry.outcome().error().ifPresent(reason -> facts.put("fairlead.reason", reason));
    String name = entry.service().equals("tunnels") ? "tunnel.stream" : "proxy.stream";
    String trace = SpanIds.trace(random);
    String id = SpanIds.span(random);
    return span(name, Span.Role.SERVER, trace, id, "", entry, facts, Optional.empty());
  }

  private static Span span(
      String name,
      Span.Role role,
      String trace,
      String id,
      String caller,
      AccessEntry entry,
      Map<String, Object> facts,
      Optional<String> error) {
    facts.values().removeIf(""::equals);
    Duration took = Duration.ofNanos(Math.max(0, entry.outcome().durationNanos()));
    return new Span(name, role, trace, id, caller, entry.at(), took, facts, error);
  }

  private static String version(String protocol) {
    int slash = protocol.indexOf('/');
    return slash < 0 ? protocol : protocol.substring(slash + 1);
  }
}
