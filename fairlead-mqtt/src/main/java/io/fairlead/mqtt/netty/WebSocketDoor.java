package io.fairlead.mqtt.netty;

import io.fairlead.mqtt.MqttConfig;
import io.fairlead.mqtt.codec.MqttLimit;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.http.WebSocketKey;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.websocket.BinaryFrames;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameDecoder;
import io.netty.handler.codec.http.websocketx.WebSocket13FrameEncoder;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.util.AttributeKey;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Opens web sockets (RFC 6455 §4.2) that speak MQTT: one path, the sub-protocols {@code mqtt} and
 * {@code mqttv3.1}, and only pages that may. Stateless.
 */
final class WebSocketDoor implements RequestHandler {
  private static final List<String> SPOKEN = List.of("mqtt", "mqttv3.1");

  private static final AttributeKey<Boolean> ASKED = AttributeKey.valueOf("mqtt-asked");

  private final Surroundings around;

  WebSocketDoor(Surroundings around) {
    this.around = around;
  }

  /** Whether it had a whole request of that connection. */
  static boolean asked(Channel channel) {
    return channel.hasAttr(ASKED);
  }

  @Override
  public void handle(ServerExchange exchange) {
    boolean first = exchange.channel().attr(ASKED).getAndSet(true) == null;
    MqttConfig.WebSocket rules = around.core().config().websocket();
    String target = exchange.head().pathAndQuery();
    int query = target.indexOf('?');
    String path = query < 0 ? target : target.substring(0, query);
    if (!path.equals(rules.path())) {
      exchange.respond(Answer.error(404, "not_found", "no web socket is opened here"));
      return;
    }
    Fields fields = exchange.head().fields();
    Optional<String> key = fields.first("sec-websocket-key");
    boolean proper =
        exchange.head().upgradesToWebSocket()
            && exchange.head().method().equals("GET")
            && key.filter(WebSocketDoor::wellFormed).isPresent();
    if (!proper) {
      exchange.respond(Answer.error(400, "bad_upgrade", "GET, upgrade and a key are needed"));
      return;
    }
    if (!fields.first("sec-websocket-version").orElse("").equals("13")) {
      exchange.respond(
          Answer.error(426, "bad_upgrade", "websocket version 13 is spoken")
              .with("Sec-WebSocket-Version", "13"));
      return;
    }
    if (!originFits(fields.first("origin"), rules.origins())) {
      exchange.respond(Answer.error(403, "origin_refused", "this page may not connect"));
      return;
    }
    Optional<String> protocol = protocol(fields);
    if (protocol.isEmpty()) {
      exchange.respond(Answer.error(400, "no_subprotocol", "the sub-protocol mqtt is needed"));
      return;
    }
    // Who asks on a connection that others have used before was not late by what they did.
    boolean own = first && !exchange.multiplexed();
    long since = own ? exchange.connection().acceptedAtNanos() : exchange.startedAtNanos();
    open(exchange, key.get(), protocol.get(), since);
  }

  private void open(ServerExchange exchange, String key, String protocol, long sinceNanos) {
    FieldEdits edits =
        new FieldEdits()
            .add("Sec-WebSocket-Accept", WebSocketKey.accept(key))
            .add("Sec-WebSocket-Protocol", protocol);
    LiveConnection connection = exchange.connection();
    ByteBuf early = exchange.upgrade(101, edits);
    Channel channel = exchange.channel();
    if (!exchange.multiplexed()) connection.kind("mqtt_ws");
    int frameMax = around.core().config().protocol().maxPacket().toInt() + 5;
    WebSocket13FrameDecoder decoder =
        new WebSocket13FrameDecoder(
            WebSocketDecoderConfig.newBuilder()
                .expectMaskedFrames(true)
                .allowExtensions(false)
                .maxFramePayloadLength(frameMax)
                .closeOnProtocolViolation(true)
                .build());
    EarlyFrames bound =
        new EarlyFrames(
            around.core().config().limits().connectPacket().toInt(),
            () -> around.core().meters().rejected(MqttLimit.CONNECT_PACKET));
    channel
        .pipeline()
        // First, because the decoder itself answers violations with a close frame.
        .addLast(new WebSocket13FrameEncoder(false))
        .addLast(bound)
        .addLast(decoder)
        .addLast(new BinaryFrames())
        .addLast("mqtt", new MqttConnection(around, connection, sinceNanos));
    channel.config().setAutoRead(true);
    if (!early.isReadable()) {
      early.release();
      return;
    }
    // Not through the pipeline: TLS would take it for something to decrypt.
    ChannelHandlerContext inFront = channel.pipeline().context(bound);
    bound.channelRead(inFront, early);
    inFront.fireChannelReadComplete();
  }

  private static Optional<String> protocol(Fields fields) {
    String offered = String.join(",", fields.all("sec-websocket-protocol"));
    for (String each : offered.split(",", -1)) {
      String word = each.strip().toLowerCase(Locale.ROOT);
      if (SPOKEN.contains(word)) return Optional.of(word);
    }
    return Optional.empty();
  }

  private static boolean originFits(Optional<String> origin, List<String> allowed) {
    return allowed.isEmpty()
        || origin.isEmpty()
        || allowed.stream().anyMatch(each -> each.equalsIgnoreCase(origin.get()));
  }

  private static boolean wellFormed(String key) {
    try {
      return Base64.getDecoder().decode(key).length == 16;
    } catch (IllegalArgumentException notBase64) {
      return false;
    }
  }
}
