package io.fairlead.app.cli;

import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.codec.Packet.Publish;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.codec.PropertyId;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Messages as {@code mqtt sub} prints them, in the form the caller asked for. One thread. */
final class MqttLines {
  private static final Pattern PLACE = Pattern.compile("\\{(t|p|x|j|q|r|ts|len|props)}");

  private final Call call;
  private final Optional<String> format;

  MqttLines(Call call) throws CommandFailure {
    this.call = call;
    this.format = call.value("--format");
  }

  void show(Publish message) throws CommandFailure {
    Terminal terminal = call.terminal();
    if (call.json()) {
      terminal.data(json(message));
    } else if (call.flag("--raw")) {
      terminal.out().write(message.payload(), 0, message.payload().length);
      terminal.out().println();
    } else if (format.isPresent()) {
      // In one go: what a message says is no place of the format.
      Matcher places = PLACE.matcher(format.get());
      terminal.data(
          places.replaceAll(place -> Matcher.quoteReplacement(value(place.group(1), message))));
    } else {
      terminal.data(
          call.flag("--verbose") ? topic(message) + " " + payload(message) : payload(message));
    }
  }

  private static String value(String place, Publish message) {
    return switch (place) {
      case "t" -> topic(message);
      case "p" -> payload(message);
      case "x" -> HexFormat.of().formatHex(message.payload());
      case "j" -> json(message);
      case "q" -> Integer.toString(message.qos());
      case "r" -> message.retain() ? "1" : "0";
      case "ts" -> Clock.system().wall().toString();
      case "len" -> Integer.toString(message.payload().length);
      default -> Json.line(properties(message.properties()));
    };
  }

  private static String topic(Publish message) {
    return new String(message.topic(), StandardCharsets.UTF_8);
  }

  /** As text when it is some, else in hexadecimal. */
  static String payload(Publish message) {
    return text(message.payload()).orElseGet(() -> HexFormat.of().formatHex(message.payload()));
  }

  /** One line, whatever bytes the message has. */
  static String json(Publish message) {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("schema", "fairlead.mqtt.message/1");
    line.put("topic", topic(message));
    Optional<String> text = text(message.payload());
    if (text.isPresent()) line.put("payload", text.get());
    else line.put("payload_base64", Base64.getEncoder().encodeToString(message.payload()));
    line.put("qos", (long) message.qos());
    line.put("retain", message.retain());
    return Json.line(line);
  }

  private static Map<String, Object> properties(Properties properties) {
    Map<String, Object> shown = new LinkedHashMap<>();
    properties.text(PropertyId.CONTENT_TYPE).ifPresent(type -> shown.put("content_type", type));
    properties.text(PropertyId.RESPONSE_TOPIC).ifPresent(to -> shown.put("response_topic", to));
    properties
        .bytes(PropertyId.CORRELATION_DATA)
        .ifPresent(data -> shown.put("correlation_data", HexFormat.of().formatHex(data)));
    if (properties.has(PropertyId.MESSAGE_EXPIRY)) {
      shown.put("message_expiry", properties.number(PropertyId.MESSAGE_EXPIRY, 0));
    }
    Map<String, Object> user = new LinkedHashMap<>();
    properties.user().forEach(each -> user.put(each.name(), each.value()));
    if (!user.isEmpty()) shown.put("user", user);
    return shown;
  }

  private static Optional<String> text(byte[] payload) {
    try {
      return Optional.of(
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(payload)).toString());
    } catch (CharacterCodingException _) {
      return Optional.empty();
    }
  }
}
