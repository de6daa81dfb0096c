package io.fairlead.mqtt.session;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which topics the client knows by number (MQTT 5.0 §3.3.2.3.4). At most as many as it allows; then
 * the topic used longest ago gives its number away. Home thread only.
 */
final class OutboundAliases {
  /** Clients may allow 65 535; more than this is not worth the memory. */
  static final int MOST = 256;

  private record Topic(byte[] bytes, int hash) {
    static Topic of(byte[] bytes) {
      return new Topic(bytes, Arrays.hashCode(bytes));
    }

    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Topic that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
      return hash;
    }
  }

  private final int max;
  private final LinkedHashMap<Topic, Integer> known = new LinkedHashMap<>(16, 0.75f, true);
  private byte @Nullable [] lastTopic;
  private int lastAlias;
  private boolean fresh;
  private int free; // given to a topic that the client was not told; 0: none

  OutboundAliases(int clientMax) {
    this.max = Math.min(clientMax, MOST);
  }

  /** The number to send with the topic; 0: none. */
  int of(byte[] topic) {
    if (max == 0) return 0;
    if (topic == lastTopic) {
      fresh = false;
      return lastAlias;
    }
    Topic key = Topic.of(topic);
    Integer alias = known.get(key);
    fresh = alias == null;
    if (alias == null) {
      alias = next();
      known.put(key, alias);
    }
    lastTopic = topic;
    lastAlias = alias;
    return alias;
  }

  /** Whether the client does not know what {@link #of} just gave: the topic must go along. */
  boolean fresh() {
    return fresh;
  }

  /** The client was not told after all. */
  void forget(byte[] topic) {
    Integer given = known.remove(Topic.of(topic));
    if (given != null) free = given;
    lastTopic = null;
  }

  /** The one that was given in vain first: all others up to the count of topics stand for one. */
  private int next() {
    int alias = free;
    free = 0;
    if (alias != 0) return alias;
    return known.size() < max ? known.size() + 1 : leastRecent();
  }

  private int leastRecent() {
    Map.Entry<Topic, Integer> eldest = known.entrySet().iterator().next();
    int alias = eldest.getValue();
    known.remove(eldest.getKey());
    return alias;
  }
}
