package io.fairlead.mqtt.delivery;

import io.fairlead.mqtt.SharedRule;
import io.fairlead.mqtt.session.Hooks;
import io.fairlead.mqtt.session.Session;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.MemberView;
import io.fairlead.mqtt.topic.Receiver;
import io.fairlead.mqtt.topic.SharedGroup;
import io.fairlead.mqtt.topic.SharedStrategy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Who of a shared group gets a message. Any thread. */
final class MemberChoice {
  private static final MemberView<Session> MEMBERS =
      new MemberView<>() {
        @Override
        public boolean ready(Session member) {
          return member.ready();
        }

        @Override
        public int inflight(Session member) {
          return member.inflight();
        }
      };

  private MemberChoice() {}

  /** Whether anybody has room. */
  static boolean possible(SharedGroup<Session> group) {
    return group.pick(SharedStrategy.ROUND_ROBIN, 0, MEMBERS) != null;
  }

  /**
   * @param hooks asked where the rule leaves it to an extension
   * @return null: nobody has room
   */
  static @Nullable Receiver<Session> of(
      SharedGroup<Session> group, Message message, SharedRule rule, Hooks hooks) {
    return rule.extension().isPresent()
        ? chosen(group, message, rule.extension().get(), hooks)
        : pick(group, message, rule.strategy());
  }

  private static @Nullable Receiver<Session> pick(
      SharedGroup<Session> group, Message message, SharedStrategy strategy) {
    int hash =
        switch (strategy) {
          case HASH_CLIENT_ID -> message.publisher().hashCode();
          default -> Arrays.hashCode(message.topic());
        };
    return group.pick(strategy, hash, MEMBERS);
  }

  private static @Nullable Receiver<Session> chosen(
      SharedGroup<Session> group, Message message, String extension, Hooks hooks) {
    List<Receiver<Session>> ready = group.ready(MEMBERS);
    if (ready.isEmpty()) return null;
    List<Session> members = new ArrayList<>(ready.size());
    for (Receiver<Session> each : ready) members.add(each.subscriber());
    int index = hooks.choose(extension, group.filter(), message, members);
    // Without an answer the first of them: they begin with the one whose turn it is.
    return ready.get(index < 0 || index >= ready.size() ? 0 : index);
  }
}
