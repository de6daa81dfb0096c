package io.fairlead.app.mqtt;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.trace.Trace;
import io.fairlead.mqtt.trace.TraceLine;
import io.fairlead.mqtt.trace.TraceWish;
import io.fairlead.mqtt.trace.Traces;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code /v1/mqtt/traces}: what single clients say and are told, for a limited time. */
public final class TraceArea implements ResourceArea {
  private static final int PAGE = 1_000;
  private static final int SECONDS = 60;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<Optional<MqttBroker>> broker;

  /**
   * @param broker of this process, if there is one; asked for at each request
   */
  public TraceArea(Supplier<Optional<MqttBroker>> broker) {
    this.broker = broker;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/mqtt/traces", Role.VIEWER, Effect.READS, this::list),
        Route.of("POST", "/v1/mqtt/traces", Role.OPERATOR, Effect.CHANGES, this::begin).withBody(),
        Route.of("GET", "/v1/mqtt/traces/{id}", Role.VIEWER, Effect.READS, this::lines),
        Route.of("DELETE", "/v1/mqtt/traces/{id}", Role.OPERATOR, Effect.CHANGES, this::end));
  }

  private CompletionStage<Reply> list(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    Traces traces = traces();
    List<Map<String, Object>> list = new ArrayList<>();
    for (Trace trace : traces.list()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("id", trace.id());
      trace.wish().clientId().ifPresent(id -> one.put("client_id", id));
      trace.wish().topic().ifPresent(filter -> one.put("topic", filter.toString()));
      trace.wish().address().ifPresent(address -> one.put("address", address));
      one.put("seconds", trace.wish().time().toSeconds());
      one.put("over", traces.over(trace));
      list.add(one);
    }
    return done(MqttArea.reply("mqtt.traces", Map.of("traces", list)));
  }

  private CompletionStage<Reply> begin(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    JsonNode body;
    try {
      body = JSON.readTree(request.body());
    } catch (JacksonException bad) {
      throw new BadRequestException(400, "bad_body", "a JSON object is expected");
    }
    int seconds = body.path("seconds").asInt(SECONDS);
    if (seconds < 1 || seconds > TraceWish.TIME_MAX.toSeconds()) {
      throw new BadRequestException(
          400, "bad_body", "seconds: 1 to " + TraceWish.TIME_MAX.toSeconds() + " are expected");
    }
    TraceWish wish =
        new TraceWish(
            text(body, "client_id"),
            filter(text(body, "topic")),
            text(body, "address"),
            Duration.ofSeconds(seconds));
    Optional<Trace> begun = traces().begin(wish);
    return done(
        begun.isPresent()
            ? MqttArea.reply("mqtt.trace", Map.of("id", begun.get().id()))
            : Reply.error(
                409,
                "too_many_traces",
                Traces.TRACES_MAX + " traces run already",
                "end one: DELETE /v1/mqtt/traces/ID",
                0));
  }

  private CompletionStage<Reply> lines(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("after"));
    String after = request.query().text("after").orElse("0");
    if (!after.matches("[0-9]{1,18}")) {
      throw new BadRequestException(400, "bad_query", "after: a number is expected");
    }
    Traces traces = traces();
    Optional<Trace> trace = traces.find(id(captured));
    if (trace.isEmpty()) return done(none(captured));
    Trace.Page page = traces.after(trace.get(), Long.parseLong(after), PAGE);
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("lines", page.lines().stream().map(TraceArea::line).toList());
    document.put("missed", page.missed());
    document.put("over", page.over());
    return done(MqttArea.reply("mqtt.trace_lines", document));
  }

  private CompletionStage<Reply> end(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    long id = id(captured);
    return done(
        traces().end(id) ? MqttArea.reply("mqtt.trace_ended", Map.of("id", id)) : none(captured));
  }

  private static Map<String, Object> line(TraceLine line) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("number", line.number());
    one.put("at", line.at().toString());
    one.put("direction", line.received() ? "received" : "sent");
    one.put("client_id", line.clientId());
    one.put("address", line.address());
    one.put("packet", line.packet());
    if (line.packetId() > 0) one.put("packet_id", line.packetId());
    line.topic().ifPresent(topic -> one.put("topic", topic));
    if (line.qos() >= 0) {
      one.put("qos", line.qos());
      one.put("retain", line.retain());
      one.put("dup", line.dup());
      one.put("payload_bytes", line.payloadBytes());
    }
    line.word().ifPresent(word -> one.put("reason", word));
    return one;
  }

  private static long id(Map<String, String> captured) {
    String text = captured.getOrDefault("id", "");
    return text.matches("[0-9]{1,18}") ? Long.parseLong(text) : 0;
  }

  private static Reply none(Map<String, String> captured) {
    return Reply.error(404, "no_such_trace", captured.get("id") + ": no such trace", "", 0);
  }

  private Traces traces() throws BadRequestException {
    return MqttArea.there(broker).desk().traces();
  }

  private static Optional<String> text(JsonNode body, String key) {
    return Optional.of(body.path(key).asString("")).filter(text -> !text.isEmpty());
  }

  private static Optional<TopicFilter> filter(Optional<String> text) throws BadRequestException {
    if (text.isEmpty()) return Optional.empty();
    try {
      return Optional.of(TopicFilter.of(text.get(), TopicLimits.DEFAULT));
    } catch (BadTopicException bad) {
      throw new BadRequestException(400, "bad_body", "topic " + bad.getMessage());
    }
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
