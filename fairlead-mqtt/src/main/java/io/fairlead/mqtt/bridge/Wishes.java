package io.fairlead.mqtt.bridge;

import io.fairlead.mqtt.BridgeConfig;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.Packet.Wish;
import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.delivery.LocalLine;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.topic.TopicFilter;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/** What a bridge subscribes to, on both sides: without its own messages, where that can be said. */
final class Wishes {
  // Messages cross with the id they have here: these two are none of theirs.
  private static final int SUBSCRIBE_ID = Session.MESSAGE_ID_MAX + 1;
  private static final int UNSUBSCRIBE_ID = Session.MESSAGE_ID_MAX + 2;
  private static final int RETAINED_TOO = 0;
  private static final int RETAINED_IF_NEW = 1;
  private static final int NOTHING_RETAINED = 2;

  private Wishes() {}

  /**
   * Subscribes here, and to nothing else.
   *
   * @param retained what is retained is sent, too
   * @return whether there is anything to be answered
   */
  static boolean here(LocalLine line, TopicMap topics, boolean retained) {
    List<Wish> wishes = new ArrayList<>();
    for (BridgeConfig.Topic each : topics.leaving()) {
      int handling = retained ? RETAINED_TOO : NOTHING_RETAINED;
      wishes.add(new Wish(each.local(), each.qos(), true, true, handling));
    }
    Set<String> wanted = wishes.stream().map(Wish::filter).collect(Collectors.toSet());
    List<String> old =
        line.session().stream()
            .flatMap(each -> each.subscriptions().keySet().stream())
            .map(TopicFilter::toString)
            .filter(each -> !wanted.contains(each))
            .toList();
    if (!old.isEmpty()) line.accept(new Packet.Unsubscribe(1, old, Properties.EMPTY));
    if (wishes.isEmpty()) return false;
    line.accept(new Packet.Subscribe(1, wishes, Properties.EMPTY));
    return true;
  }

  /**
   * Subscribes there.
   *
   * @param forgotten what an earlier configuration asked for
   */
  static void there(RemoteLink link, TopicMap topics, boolean rich, Set<String> forgotten) {
    if (!forgotten.isEmpty()) {
      link.send(new Packet.Unsubscribe(UNSUBSCRIBE_ID, List.copyOf(forgotten), Properties.EMPTY));
    }
    List<Wish> wishes = new ArrayList<>();
    for (BridgeConfig.Topic each : topics.coming()) {
      wishes.add(new Wish(each.remote(), each.qos(), rich, rich, rich ? RETAINED_IF_NEW : 0));
    }
    if (wishes.isEmpty()) return;
    link.send(new Packet.Subscribe(SUBSCRIBE_ID, wishes, Properties.EMPTY));
  }

  /** What the other broker did not grant, in words. */
  static Optional<String> refused(Packet.SubAck answer, TopicMap topics) {
    List<BridgeConfig.Topic> coming = topics.coming();
    for (int i = 0; i < Math.min(coming.size(), answer.reasons().size()); i++) {
      if (!answer.reasons().get(i).error()) continue;
      return Optional.of(
          "the other broker refused "
              + coming.get(i).remote()
              + ": "
              + answer.reasons().get(i).word());
    }
    return Optional.empty();
  }
}
