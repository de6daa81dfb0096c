package io.fairlead.app.mqtt;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.bridge.BridgeReport;
import io.fairlead.mqtt.codec.MqttVersion;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.delivery.ClientSummary;
import io.fairlead.mqtt.delivery.Desk;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.topic.TopicName;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
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

/** {@code /v1/mqtt}: clients, subscriptions, retained messages, publishing. */
public final class MqttArea implements ResourceArea {
  private static final int RETAINED_MAX = 1000;
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<Optional<MqttBroker>> broker;

  /**
   * @param broker of this process, if there is one; asked for at each request
   */
  public MqttArea(Supplier<Optional<MqttBroker>> broker) {
    this.broker = broker;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/mqtt/clients", Role.VIEWER, Effect.READS, this::clients),
        Route.of("DELETE", "/v1/mqtt/clients/{id}", Role.OPERATOR, Effect.CHANGES, this::kick),
        Route.of("GET", "/v1/mqtt/bridges", Role.VIEWER, Effect.READS, this::bridges),
        Route.of("GET", "/v1/mqtt/subscriptions", Role.VIEWER, Effect.READS, this::subscriptions),
        Route.of("GET", "/v1/mqtt/retained", Role.VIEWER, Effect.READS, this::retained),
        Route.of("DELETE", "/v1/mqtt/retained", Role.OPERATOR, Effect.CHANGES, this::forget),
        Route.of("POST", "/v1/mqtt/publish", Role.OPERATOR, Effect.CHANGES, this::publish)
            .withBody());
  }

  private CompletionStage<Reply> clients(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    return there().desk().clients().thenApply(MqttArea::clients);
  }

  private static Reply clients(List<ClientSummary> all) {
    List<Map<String, Object>> list = new ArrayList<>(all.size());
    for (ClientSummary each : all) {
      Map<String, Object> client = new LinkedHashMap<>();
      client.put("client_id", each.clientId());
      client.put("principal", each.principal());
      client.put("connected", each.connected());
      if (each.frozen()) client.put("frozen", true);
      each.version().map(MqttVersion::word).ifPresent(word -> client.put("version", word));
      each.remote().ifPresent(remote -> client.put("remote", remote));
      client.put("keep_alive_seconds", each.keepAliveSeconds());
      client.put("expiry_seconds", each.expirySeconds());
      client.put("queued", each.queued());
      client.put("inflight", each.inflight());
      client.put("subscriptions", each.subscriptions());
      list.add(client);
    }
    return reply("mqtt.clients", "clients", list);
  }

  private CompletionStage<Reply> bridges(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    List<Map<String, Object>> list = new ArrayList<>();
    for (BridgeReport each : there().bridges()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", each.name());
      one.put("state", each.state());
      one.put("address", each.address());
      one.put("version", each.version());
      one.put("since", each.since().toString());
      one.put("trouble", each.trouble());
      one.put("queued", each.queued());
      one.put("inflight", each.inflight());
      one.put("sent", each.sent());
      one.put("received", each.received());
      one.put("dropped", each.dropped());
      list.add(one);
    }
    return done(reply("mqtt.bridges", "bridges", list));
  }

  private CompletionStage<Reply> subscriptions(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    return there()
        .desk()
        .clients()
        .thenApply(
            all -> {
              List<Map<String, Object>> list = new ArrayList<>();
              for (ClientSummary client : all) {
                for (String filter : client.subscriptions()) {
                  Map<String, Object> one = new LinkedHashMap<>();
                  one.put("filter", filter);
                  one.put("client_id", client.clientId());
                  one.put("connected", client.connected());
                  list.add(one);
                }
              }
              return reply("mqtt.subscriptions", "subscriptions", list);
            });
  }

  private CompletionStage<Reply> kick(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("session", "to", "moved"));
    String id = captured.getOrDefault("id", "");
    boolean sessionToo = request.query().text("session").filter("1"::equals).isPresent();
    Optional<String> to = request.query().text("to");
    boolean forGood = request.query().text("moved").filter("1"::equals).isPresent();
    if (to.isPresent() && !to.get().matches("[!-~]{1,255}")) {
      throw new BadRequestException(400, "bad_query", "to: HOST:PORT is expected");
    }
    Desk desk = there().desk();
    CompletionStage<Boolean> done =
        to.isPresent() ? desk.redirect(id, to.get(), forGood) : desk.kick(id, sessionToo);
    return done.thenApply(
        found ->
            found
                ? reply("mqtt.kicked", "client_id", id)
                : Reply.error(
                    404, "no_such_client", id + ": no session has this client id", "", 0));
  }

  private CompletionStage<Reply> retained(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("filter"));
    TopicFilter filter = filter(request.query().text("filter").orElse("#"));
    List<Map<String, Object>> list = new ArrayList<>();
    for (Message message : there().desk().retained(filter, RETAINED_MAX)) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("topic", new String(message.topic(), StandardCharsets.UTF_8));
      one.put("qos", message.qos());
      putPayload(one, message.payload());
      list.add(one);
    }
    return done(reply("mqtt.retained", "messages", list));
  }

  private CompletionStage<Reply> forget(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of("filter"));
    Optional<String> text = request.query().text("filter");
    if (text.isEmpty()) throw new BadRequestException(400, "bad_query", "filter is expected");
    return done(
        reply("mqtt.forgotten", "count", there().desk().deleteRetained(filter(text.get()))));
  }

  private CompletionStage<Reply> publish(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    JsonNode body;
    try {
      body = JSON.readTree(request.body());
    } catch (JacksonException bad) {
      throw new BadRequestException(400, "bad_body", "a JSON object is expected");
    }
    String topic = body.path("topic").asString("");
    byte[] payload = body.path("payload").asString("").getBytes(StandardCharsets.UTF_8);
    int qos = body.path("qos").asInt(0);
    if (qos < 0 || qos > 2) throw new BadRequestException(400, "bad_body", "qos: 0, 1 or 2");
    byte[] name;
    try {
      name = TopicName.of(topic, TopicLimits.DEFAULT).toBytes();
    } catch (BadTopicException bad) {
      throw new BadRequestException(400, "bad_body", "topic " + bad.getMessage());
    }
    boolean retain = body.path("retain").asBoolean(false);
    there()
        .desk()
        .publish(new Message(name, payload, qos, retain, Properties.EMPTY, Message.NEVER, ""));
    return done(reply("mqtt.published", "topic", topic));
  }

  private MqttBroker there() throws BadRequestException {
    return there(broker);
  }

  static MqttBroker there(Supplier<Optional<MqttBroker>> broker) throws BadRequestException {
    return broker
        .get()
        .orElseThrow(
            () ->
                new BadRequestException(
                    404, "no_broker", "no listener has proto mqtt, so no broker runs"));
  }

  private static TopicFilter filter(String text) throws BadRequestException {
    try {
      return TopicFilter.of(text, TopicLimits.DEFAULT);
    } catch (BadTopicException bad) {
      throw new BadRequestException(400, "bad_query", "filter " + bad.getMessage());
    }
  }

  /** As text when it is some, else as base64. */
  static void putPayload(Map<String, Object> object, byte[] payload) {
    try {
      object.put(
          "payload",
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString());
    } catch (CharacterCodingException _) {
      object.put("payload_base64", Base64.getEncoder().encodeToString(payload));
    }
  }

  private static Reply reply(String kind, String key, Object value) {
    return reply(kind, Map.of(key, value));
  }

  /** An answer of that kind, with these members. */
  static Reply reply(String kind, Map<String, ?> members) {
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead." + kind + "/1");
    document.putAll(members);
    // Maps, lists and scalars only: nothing of ours is mapped by reflection.
    return Reply.of(200, "application/json", JSON.writeValueAsBytes(JSON.valueToTree(document)));
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
