package io.fairlead.mqtt.bridge;

import io.fairlead.mqtt.BridgeConfig;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Which topic a message has on the other side. The first rule that means a topic decides.
 * Immutable, but for the last answers, which are one thread's.
 */
public final class TopicMap {
  /**
   * A message's way.
   *
   * @param topic UTF-8
   * @param retain whether it may be retained there
   */
  public record Way(byte[] topic, boolean retain) {}

  private record Rule(
      BridgeConfig.Topic topic,
      TopicFilter local,
      TopicFilter remote,
      byte[] localPrefix,
      byte[] remotePrefix) {}

  private static final int TOPIC_MAX = 65_535; // MQTT 5.0 §1.5.4

  private final List<Rule> rules;

  // Publishers repeat themselves.
  private byte @Nullable [] lastOut;
  private byte @Nullable [] lastIn;
  private @Nullable Way lastOutWay;
  private @Nullable Way lastInWay;

  private TopicMap(List<Rule> rules) {
    this.rules = rules;
  }

  /**
   * @throws IllegalArgumentException a filter is none; the configuration's check refuses those
   */
  public static TopicMap of(List<BridgeConfig.Topic> topics) {
    List<Rule> rules = new ArrayList<>();
    for (BridgeConfig.Topic each : topics) {
      rules.add(
          new Rule(
              each,
              filter(each.local()),
              filter(each.remote()),
              each.localPrefix().getBytes(StandardCharsets.UTF_8),
              each.remotePrefix().getBytes(StandardCharsets.UTF_8)));
    }
    return new TopicMap(List.copyOf(rules));
  }

  private static TopicFilter filter(String text) {
    try {
      return TopicFilter.of(text, TopicLimits.WIDEST);
    } catch (BadTopicException bad) {
      throw new IllegalArgumentException(text + ": " + bad.getMessage(), bad);
    }
  }

  /** What is asked of this broker; a filter that several rules have is there once. */
  public List<BridgeConfig.Topic> leaving() {
    return rules.stream().map(Rule::topic).filter(each -> each.direction().out()).toList();
  }

  /** What is asked of the other. */
  public List<BridgeConfig.Topic> coming() {
    return rules.stream().map(Rule::topic).filter(each -> each.direction().in()).toList();
  }

  /** Whether something that leaves would come back, if the other broker sends it to us as well. */
  public boolean echoes() {
    for (Rule out : rules) {
      if (!out.topic.direction().out()) continue;
      for (Rule in : rules) {
        if (in.topic.direction().in() && in.remote.intersects(out.remote)) return true;
      }
    }
    return false;
  }

  /** For a topic of this broker; empty: it does not leave. */
  public Optional<Way> out(byte[] topic) {
    if (Arrays.equals(topic, lastOut)) return Optional.ofNullable(lastOutWay);
    Way way = null;
    for (Rule rule : rules) {
      if (!rule.topic.direction().out() || !rule.local.matches(topic, 0, topic.length)) continue;
      way = way(topic, rule.localPrefix, rule.remotePrefix, rule.topic.retain());
      if (way != null) break;
    }
    lastOut = topic;
    lastOutWay = way;
    return Optional.ofNullable(way);
  }

  /** For a topic of the other broker; empty: it does not come in. */
  public Optional<Way> in(byte[] topic) {
    if (Arrays.equals(topic, lastIn)) return Optional.ofNullable(lastInWay);
    Way way = null;
    for (Rule rule : rules) {
      if (!rule.topic.direction().in() || !rule.remote.matches(topic, 0, topic.length)) continue;
      way = way(topic, rule.remotePrefix, rule.localPrefix, rule.topic.retain());
      if (way != null) break;
    }
    lastIn = topic;
    lastInWay = way;
    return Optional.ofNullable(way);
  }

  /** Null: it would be no topic there. */
  private static @Nullable Way way(byte[] topic, byte[] from, byte[] to, boolean retain) {
    if (topic.length < from.length) return null; // a/# means a, too, which a/ is no part of
    if (Arrays.equals(from, to)) return new Way(topic, retain);
    int length = to.length + topic.length - from.length;
    if (length == 0 || length > TOPIC_MAX) return null;
    byte[] there = new byte[length];
    System.arraycopy(to, 0, there, 0, to.length);
    System.arraycopy(topic, from.length, there, to.length, topic.length - from.length);
    return new Way(there, retain);
  }
}
