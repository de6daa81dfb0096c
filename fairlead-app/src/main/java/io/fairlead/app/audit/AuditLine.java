package io.fairlead.app.audit;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayOutputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.JsonParser;
import tools.jackson.core.JsonToken;
import tools.jackson.core.ObjectReadContext;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

/**
 * One line of the audit file, without its line end: a JSON object whose first members are {@code
 * seq}, {@code time} and {@code kind}, whose last is {@code prev}, and what it is about between
 * them.
 */
final class AuditLine {
  /** What the first line ever has as {@code prev}: 64 zeros. */
  static final String NO_LINE_BEFORE = "0".repeat(64);

  private static final JsonFactory JSON = new JsonFactory();

  /** What the chain needs of a line. */
  record Link(long seq, String prev) {}

  private AuditLine() {}

  /**
   * Writes a line.
   *
   * @param fields text, numbers, booleans, instants, durations (as seconds), lists or maps of these
   * @param prev {@link #hash} of the line before
   */
  static byte[] write(
      long seq,
      Instant time,
      String kind,
      Map<String, ? extends @Nullable Object> fields,
      String prev) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(256);
    try (JsonGenerator json = JSON.createGenerator(ObjectWriteContext.empty(), bytes)) {
      json.writeStartObject();
      json.writeNumberProperty("seq", seq);
      json.writeStringProperty("time", time.toString());
      json.writeStringProperty("kind", kind);
      fields.forEach(
          (name, value) -> {
            json.writeName(name);
            value(json, value);
          });
      json.writeStringProperty("prev", prev);
      json.writeEndObject();
    }
    return bytes.toByteArray();
  }

  /** SHA-256 of a line without its line end, in hex. */
  static String hash(byte[] line) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(line));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  /** Reads what links a line; empty when it is none of ours. */
  static Optional<Link> link(byte[] line) {
    try (JsonParser json = JSON.createParser(ObjectReadContext.empty(), new String(line, UTF_8))) {
      if (json.nextToken() != JsonToken.START_OBJECT) return Optional.empty();
      Optional<Long> seq = Optional.empty();
      Optional<String> prev = Optional.empty();
      while (json.nextToken() != JsonToken.END_OBJECT) {
        String name = json.currentName();
        JsonToken value = json.nextToken();
        if (name.equals("seq") && value == JsonToken.VALUE_NUMBER_INT) {
          seq = Optional.of(json.getLongValue());
        } else if (name.equals("prev") && value == JsonToken.VALUE_STRING) {
          prev = Optional.of(json.getString());
        } else {
          json.skipChildren();
        }
      }
      if (seq.isEmpty() || prev.isEmpty() || json.nextToken() != null) return Optional.empty();
      return Optional.of(new Link(seq.get(), prev.get()));
    } catch (JacksonException notJson) {
      return Optional.empty();
    }
  }

  private static void value(JsonGenerator json, @Nullable Object value) {
    switch (value) {
      case null -> json.writeNull();
      case Boolean flag -> json.writeBoolean(flag);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case Duration lasted -> json.writeNumber(lasted.toMillis() / 1000.0);
      case Optional<?> maybe -> value(json, maybe.orElse(null));
      case Collection<?> list -> {
        json.writeStartArray();
        list.forEach(each -> value(json, each));
        json.writeEndArray();
      }
      case Map<?, ?> map -> {
        json.writeStartObject();
        map.forEach(
            (name, each) -> {
              json.writeName(String.valueOf(name));
              value(json, each);
            });
        json.writeEndObject();
      }
      default -> json.writeString(value.toString());
    }
  }
}
