package io.fairlead.mqtt.topic;

import static io.fairlead.mqtt.topic.NaiveTopics.filter;
import static io.fairlead.mqtt.topic.NaiveTopics.name;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import io.fairlead.core.random.Randomness;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A change costs the same however many neighbours there are; counted in bytes, not in time. */
class ManySiblingsTest {
  private static final int SIBLINGS = 200_000;

  @Test
  void oneChangeUnderManySiblingsCopiesALittle() {
    copiesALittleAmong(SIBLINGS);
  }

  @Test
  @Tag("nightly") // a million filters take seconds to make
  void norUnderAMillion() {
    copiesALittleAmong(1_000_000);
  }

  private static void copiesALittleAmong(int siblings) {
    TopicTree<Integer> tree = new TopicTree<>(Randomness.seeded(9));
    for (int from = 0; from < siblings; from += 10_000) {
      tree.apply(
          IntStream.range(from, from + 10_000)
              .mapToObj(
                  i ->
                      new TopicTree.Change.Subscribe<>(
                          filter("d/" + i), i, SubscribeOptions.ofQos(1)))
              .toList());
    }
    assertThat(tree.subscriptions()).isEqualTo(siblings);

    TopicFilter more = filter("d/one-more");
    long copied =
        allocated(
            () -> {
              for (int i = 0; i < 100; i++) {
                tree.subscribe(more, -1, SubscribeOptions.ofQos(1));
                tree.unsubscribe(more, -1);
              }
            });
    assertThat(copied / 200).as("bytes for one change").isLessThan(4_096);
    assertThat(tree.match(name("d/165432")).receiversAtMost()).isOne();
    assertThat(tree.match(name("d/one-more")).isEmpty()).isTrue();
  }

  @Test
  void oneChangeAmongManySubscribersOfOneTopicCopiesALittle() {
    TopicTree<Integer> tree = new TopicTree<>(Randomness.seeded(9));
    TopicFilter news = filter("news");
    for (int i = 0; i < 50_000; i++) tree.subscribe(news, i, SubscribeOptions.ofQos(0));

    long copied =
        allocated(
            () -> {
              for (int i = 0; i < 100; i++) {
                tree.unsubscribe(news, i);
                tree.subscribe(news, i, SubscribeOptions.ofQos(1));
              }
            });

    assertThat(copied / 200).as("bytes for one change").isLessThan(4_096);
  }

  @Test
  void aRememberedTopicMakesNoGarbage() {
    TopicTree<Integer> tree = new TopicTree<>(Randomness.seeded(9));
    for (int i = 0; i < 100; i++) tree.subscribe(filter("d/" + i), i, SubscribeOptions.ofQos(1));
    Matcher<Integer> matcher = tree.matcher();
    byte[] topic = "d/42".getBytes(StandardCharsets.US_ASCII);
    Matches<Integer> matches = matcher.match(topic, 0, topic.length);

    long garbage =
        allocated(
            () -> {
              for (int i = 0; i < 10_000; i++) {
                if (matcher.match(topic, 0, topic.length) != matches) throw new AssertionError();
              }
            });

    assertThat(garbage).as("bytes for 10 000 messages").isLessThan(10_000);
    assertThat(matcher.hits()).isEqualTo(20_000); // the warm-up counts too
  }

  @Test
  void namesThatCollideUnderJavasOwnHashDoNotCollideHere() {
    // "Aa" and "BB" have one String.hashCode, and so have all words made of them.
    TopicHash hashes = TopicHash.keyed(Randomness.seeded(11));
    List<String> words = List.of("");
    for (int i = 0; i < 12; i++)
      words = words.stream().flatMap(w -> List.of(w + "Aa", w + "BB").stream()).toList();
    long distinct =
        words.stream()
            .map(word -> word.getBytes(StandardCharsets.US_ASCII))
            .mapToInt(bytes -> hashes.of(bytes, 0, bytes.length))
            .distinct()
            .count();

    assertThat(words.stream().map(String::hashCode).distinct()).hasSize(1);
    assertThat(distinct).isGreaterThan(4_080);
    assertThat(TopicHash.keyed(Randomness.seeded(12)).of(new byte[] {1}, 0, 1))
        .isNotEqualTo(hashes.of(new byte[] {1}, 0, 1));
  }

  /** What the second of two runs allocates: the first one loads classes. */
  private static long allocated(Runnable work) {
    ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    work.run();
    long before = threads.getCurrentThreadAllocatedBytes();
    work.run();
    return threads.getCurrentThreadAllocatedBytes() - before;
  }
}
