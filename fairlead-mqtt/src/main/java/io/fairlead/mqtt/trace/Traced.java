package io.fairlead.mqtt.trace;

import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A packet as traces see it, with what is theirs to know of it. One thread, one packet. */
final class Traced {
  private final Instant at;
  private final boolean received;
  private final String clientId;
  private final String address;
  private final Packet packet;

  Traced(Instant at, boolean received, String clientId, String address, Packet packet) {
    this.at = at;
    this.received = received;
    this.clientId = clientId;
    this.address = address;
    this.packet = packet;
  }

  String clientId() {
    return clientId;
  }

  String address() {
    return address;
  }

  /** Whether it carries a topic that the filter matches, or names that very filter. */
  boolean isAbout(TopicFilter filter) {
    return switch (packet) {
      case Packet.Publish message -> matches(filter, message.topic());
      case Packet.Connect connect ->
          connect.will().map(will -> matches(filter, will.topic())).orElse(false);
      case Packet.Subscribe subscribe ->
          subscribe.wishes().stream().anyMatch(wish -> same(wish.filter(), filter));
      case Packet.Unsubscribe unsubscribe ->
          unsubscribe.filters().stream().anyMatch(text -> same(text, filter));
      default -> false;
    };
  }

  private static boolean matches(TopicFilter filter, byte[] topic) {
    return filter.matches(topic, 0, topic.length);
  }

  private static boolean same(String text, TopicFilter filter) {
    try {
      TopicFilter other = TopicFilter.of(text, TopicLimits.WIDEST);
      return other.equals(filter) || !other.hasWildcard() && matches(filter, utf8(text));
    } catch (BadTopicException _) {
      return false;
    }
  }

  TraceLine line(long number) {
    Packet.@Nullable Publish message = packet instanceof Packet.Publish publish ? publish : null;
    return new TraceLine(
        number,
        at,
        received,
        clientId,
        address,
        packet.type().name(),
        packetId(),
        topic(),
        message == null ? -1 : message.qos(),
        message != null && message.retain(),
        message != null && message.dup(),
        message == null ? 0 : message.payload().length,
        word());
  }

  private int packetId() {
    return switch (packet) {
      case Packet.Publish message -> message.packetId();
      case Packet.Ack ack -> ack.packetId();
      case Packet.Subscribe subscribe -> subscribe.packetId();
      case Packet.SubAck ack -> ack.packetId();
      case Packet.Unsubscribe unsubscribe -> unsubscribe.packetId();
      case Packet.UnsubAck ack -> ack.packetId();
      default -> 0;
    };
  }

  private Optional<String> topic() {
    return switch (packet) {
      case Packet.Publish message -> Optional.of(text(message.topic()));
      case Packet.Connect connect -> connect.will().map(will -> text(will.topic()));
      case Packet.Subscribe subscribe ->
          Optional.of(
              String.join(" ", subscribe.wishes().stream().map(Packet.Wish::filter).toList()));
      case Packet.Unsubscribe unsubscribe -> Optional.of(String.join(" ", unsubscribe.filters()));
      default -> Optional.empty();
    };
  }

  private Optional<String> word() {
    return switch (packet) {
      case Packet.ConnAck ack -> told(ack.reason());
      case Packet.Ack ack -> told(ack.reason());
      case Packet.SubAck ack -> words(ack.reasons());
      case Packet.UnsubAck ack -> words(ack.reasons());
      case Packet.Disconnect goodbye -> told(goodbye.reason());
      case Packet.Auth auth -> told(auth.reason());
      default -> Optional.empty();
    };
  }

  private static Optional<String> told(ReasonCode reason) {
    return reason == ReasonCode.SUCCESS ? Optional.empty() : Optional.of(reason.word());
  }

  private static Optional<String> words(List<ReasonCode> reasons) {
    return Optional.of(String.join(" ", reasons.stream().map(ReasonCode::word).toList()));
  }

  private static String text(byte[] topic) {
    return new String(topic, StandardCharsets.UTF_8);
  }

  private static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
