package io.fairlead.mqtt.topic;

import io.fairlead.testkit.Seeds;
import java.util.List;
import java.util.random.RandomGenerator;

/** Topics and filters the slow and obvious way, to compare with. */
final class NaiveTopics {
  private static final String[] LEVELS = {"", "a", "b", "c", "$x", "é", "long-level-name", "$"};

  private NaiveTopics() {}

  static boolean matches(String filter, String topic) {
    List<String> filterLevels = List.of(filter.split("/", -1));
    List<String> topicLevels = List.of(topic.split("/", -1));
    boolean wildFirst = filterLevels.getFirst().equals("+") || filterLevels.getFirst().equals("#");
    if (wildFirst && topic.startsWith("$")) return false;
    return matches(filterLevels, topicLevels);
  }

  private static boolean matches(List<String> filter, List<String> topic) {
    if (filter.equals(List.of("#"))) return true;
    if (filter.isEmpty() || topic.isEmpty()) return filter.isEmpty() && topic.isEmpty();
    String level = filter.getFirst();
    if (!level.equals("+") && !level.equals(topic.getFirst())) return false;
    return matches(filter.subList(1, filter.size()), topic.subList(1, topic.size()));
  }

  static String topic(RandomGenerator random) {
    String topic;
    do {
      topic = levels(random, 1 + random.nextInt(5), false);
    } while (topic.isEmpty());
    return topic;
  }

  static String filter(RandomGenerator random) {
    String filter;
    do {
      filter = levels(random, 1 + random.nextInt(5), true);
      if (random.nextInt(4) == 0) filter = filter.isEmpty() ? "#" : filter + "/#";
    } while (filter.isEmpty());
    return filter;
  }

  private static String levels(RandomGenerator random, int count, boolean wild) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < count; i++) {
      if (i > 0) text.append('/');
      text.append(wild && random.nextInt(3) == 0 ? "+" : Seeds.oneOf(random, LEVELS));
    }
    return text.toString();
  }

  static TopicName name(String text) {
    try {
      return TopicName.of(text, TopicLimits.DEFAULT);
    } catch (BadTopicException bad) {
      throw new AssertionError(text + " " + bad.getMessage(), bad);
    }
  }

  static TopicFilter filter(String text) {
    try {
      return TopicFilter.of(text, TopicLimits.DEFAULT);
    } catch (BadTopicException bad) {
      throw new AssertionError(text + " " + bad.getMessage(), bad);
    }
  }
}
