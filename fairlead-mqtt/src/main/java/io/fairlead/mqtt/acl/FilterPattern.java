package io.fairlead.mqtt.acl;

import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFault;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A filter that may name the client: {@code %u} its account, {@code %c} its id, {@code %g} each of
 * its groups, <code>%{name}</code> an attribute. What is put in stays a part of the level it stands
 * in: a value that holds a slash, a wildcard or NUL makes the line not fit, as does one that is
 * missing or empty, and at the beginning one that begins with a dollar sign: a client that calls
 * itself {@code $SYS} is not given the broker's own topics. Immutable.
 */
final class FilterPattern {
  /** A piece of text between placeholders, or a placeholder. */
  private sealed interface Part {
    record Text(String text) implements Part {}

    record User() implements Part {}

    record ClientId() implements Part {}

    record Group() implements Part {}

    record Attribute(String name) implements Part {}
  }

  private final List<Part> parts;
  private final Optional<TopicFilter> fixed;

  private FilterPattern(List<Part> parts, Optional<TopicFilter> fixed) {
    this.parts = List.copyOf(parts);
    this.fixed = fixed;
  }

  /** A filter as it stands. */
  static FilterPattern literal(String text) throws BadTopicException {
    return new FilterPattern(List.of(), Optional.of(filter(text)));
  }

  /** A filter with placeholders. */
  static FilterPattern of(String text) throws BadTopicException {
    List<Part> parts = new ArrayList<>();
    StringBuilder plain = new StringBuilder();
    StringBuilder sample = new StringBuilder();
    int at = 0;
    while (at < text.length()) {
      char c = text.charAt(at);
      char next = at + 1 < text.length() ? text.charAt(at + 1) : ' ';
      int close = c == '%' && next == '{' ? text.indexOf('}', at) : -1;
      Part part =
          switch (c == '%' ? next : ' ') {
            case 'u' -> new Part.User();
            case 'c' -> new Part.ClientId();
            case 'g' -> new Part.Group();
            case '{' -> close < 0 ? null : new Part.Attribute(text.substring(at + 2, close));
            default -> null;
          };
      if (part == null) {
        plain.append(c);
        sample.append(c);
        at++;
        continue;
      }
      if (!plain.isEmpty()) parts.add(new Part.Text(plain.toString()));
      plain.setLength(0);
      parts.add(part);
      sample.append('x');
      at = close < 0 ? at + 2 : close + 1;
    }
    if (parts.isEmpty()) return literal(text);
    if (!plain.isEmpty()) parts.add(new Part.Text(plain.toString()));
    var _ = filter(sample.toString()); // so that a mistake is found now
    return new FilterPattern(parts, Optional.empty());
  }

  private static TopicFilter filter(String text) throws BadTopicException {
    TopicFilter filter = TopicFilter.of(text, TopicLimits.WIDEST);
    if (filter.shared()) throw new BadTopicException(TopicFault.SHARE_NAME);
    return filter;
  }

  /** The filters it stands for with that client; none when a value is missing or would not do. */
  void forEach(MqttClient client, Consumer<TopicFilter> action) {
    if (fixed.isPresent()) {
      action.accept(fixed.get());
      return;
    }
    if (parts.stream().noneMatch(Part.Group.class::isInstance)) {
      filled(client, "").ifPresent(action);
      return;
    }
    for (String group : client.groups()) filled(client, group).ifPresent(action);
  }

  private Optional<TopicFilter> filled(MqttClient client, String group) {
    StringBuilder text = new StringBuilder();
    for (Part part : parts) {
      if (part instanceof Part.Text(String plain)) {
        text.append(plain);
        continue;
      }
      String value =
          switch (part) {
            case Part.User _ -> client.anonymous() ? "" : client.principal().id();
            case Part.ClientId _ -> client.clientId();
            case Part.Group _ -> group;
            case Part.Attribute(String name) -> client.attributes().getOrDefault(name, "");
            case Part.Text(String plain) -> plain;
          };
      boolean reserved = text.isEmpty() && value.startsWith("$");
      if (reserved || !harmless(value)) return Optional.empty();
      text.append(value);
    }
    try {
      return Optional.of(filter(text.toString()));
    } catch (BadTopicException _) {
      return Optional.empty();
    }
  }

  private static boolean harmless(String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '/' || c == '+' || c == '#' || c == 0) return false;
    }
    return !value.isEmpty();
  }
}
