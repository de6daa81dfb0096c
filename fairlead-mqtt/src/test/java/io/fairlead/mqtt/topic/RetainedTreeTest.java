package io.fairlead.mqtt.topic;

import static io.fairlead.mqtt.topic.NaiveTopics.filter;
import static io.fairlead.mqtt.topic.NaiveTopics.name;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RetainedTreeTest {
  private final RetainedTree<String> tree = new RetainedTree<>(Randomness.seeded(5));

  @Test
  void keepsTheLastMessageOfEachTopic() {
    assertThat(tree.put(name("a/b"), "1")).isNull();
    assertThat(tree.put(name("a/b"), "2")).isEqualTo("1");
    tree.put(name("a"), "3");

    assertThat(tree.size()).isEqualTo(2);
    assertThat(tree.get(name("a/b"))).isEqualTo("2");
    assertThat(tree.get(name("a/c"))).isNull();
    assertThat(tree.remove(name("a/b"))).isEqualTo("2");
    assertThat(tree.remove(name("a/b"))).isNull();
    assertThat(tree.get(name("a"))).isEqualTo("3");
    assertThat(tree.size()).isOne();
  }

  @Test
  void removesAnExpiredMessageOnlyIfItIsStillThere() {
    String old = new String("m");
    tree.put(name("a"), old);
    tree.put(name("a"), "newer");

    assertThat(tree.remove(name("a"), old)).isFalse();
    assertThat(tree.remove(name("a"), "newer")).isTrue();
    assertThat(tree.size()).isZero();
  }

  @ParameterizedTest
  @CsvSource({
    "a, a",
    "a/+, a/b a/",
    "a/#, a a/ a/b a/b/c",
    "+, a x",
    "#, a a/ a/b a/b/c x /x",
    "+/+, a/ a/b /x",
    "$SYS/#, $SYS/up",
    "/+, /x",
    "+/b/c, a/b/c",
    "b/#, ''",
    "$share/g/+, a x"
  })
  void aFilterFindsWhatItMatches(String filter, String expected) {
    for (String topic : List.of("a", "a/", "a/b", "a/b/c", "x", "/x", "$SYS/up"))
      tree.put(name(topic), topic);

    assertThat(all(filter))
        .containsExactlyInAnyOrder(expected.isEmpty() ? new String[0] : expected.split(" "));
  }

  @Test
  void agreesWithTheObviousMatcherWhileItChanges() {
    Seeds.run(
        6,
        random -> {
          RetainedTree<String> retained = new RetainedTree<>(Randomness.seeded(random.nextLong()));
          Map<String, String> expected = new TreeMap<>();
          for (int i = 0; i < 500; i++) {
            String topic = NaiveTopics.topic(random);
            if (random.nextInt(3) > 0) {
              assertThat(retained.put(name(topic), topic + i))
                  .isEqualTo(expected.put(topic, topic + i));
            } else {
              assertThat(retained.remove(name(topic))).isEqualTo(expected.remove(topic));
            }
            String filter = NaiveTopics.filter(random);
            List<String> found = new ArrayList<>();
            RetainedCursor<String> cursor = retained.match(filter(filter));
            while (!cursor.isDone())
              cursor.next(1 + random.nextInt(20), 1 + random.nextInt(20), found::add);
            assertThat(found)
                .as("%s in %s", filter, expected.keySet())
                .containsExactlyInAnyOrderElementsOf(
                    expected.entrySet().stream()
                        .filter(entry -> NaiveTopics.matches(filter, entry.getKey()))
                        .map(Map.Entry::getValue)
                        .toList());
          }
          assertThat(retained.size()).isEqualTo(expected.size());
        });
  }

  @Test
  void aPageIsBoundedInMessagesAndInWork() {
    for (int i = 0; i < 5_000; i++) tree.put(name("d/" + i + "/state"), "m" + i);
    RetainedCursor<String> all = tree.match(filter("d/+/state"));
    RetainedCursor<String> none = tree.match(filter("d/+/nothing"));
    List<String> found = new ArrayList<>();

    assertThat(all.next(100, Integer.MAX_VALUE, found::add)).isEqualTo(100);
    assertThat(found).hasSize(100);
    assertThat(none.next(100, 1_000, found::add)).isZero();
    assertThat(none.isDone()).isFalse();
    int pages = 1;
    while (!none.isDone()) {
      none.next(100, 1_000, found::add);
      pages++;
    }
    assertThat(pages).isBetween(5, 12);
    while (!all.isDone()) assertThat(all.next(100, 1_000, found::add)).isLessThanOrEqualTo(100);
    assertThat(found).hasSize(5_000).doesNotHaveDuplicates();
  }

  @Test
  void aCursorSeesTheTreeAsItWas() {
    tree.put(name("a/1"), "old");
    RetainedCursor<String> cursor = tree.match(filter("a/+"));
    tree.put(name("a/1"), "new");
    tree.put(name("a/2"), "more");
    List<String> found = new ArrayList<>();

    cursor.next(10, 10, found::add);

    assertThat(found).containsExactly("old");
    assertThat(all("a/+")).containsExactlyInAnyOrder("new", "more");
  }

  private List<String> all(String filter) {
    List<String> found = new ArrayList<>();
    RetainedCursor<String> cursor = tree.match(filter(filter));
    while (!cursor.isDone()) cursor.next(3, 7, found::add);
    return found;
  }
}
