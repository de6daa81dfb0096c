package io.fairlead.mqtt.topic;

import static io.fairlead.mqtt.topic.NaiveTopics.filter;
import static io.fairlead.mqtt.topic.NaiveTopics.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.topic.SubscribeOptions.RetainHandling;
import io.fairlead.testkit.Seeds;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TopicTreeTest {
  private final TopicTree<String> tree = new TopicTree<>(Randomness.seeded(7));

  @Test
  void findsEverySubscriberWhoseFilterMatches() {
    subscribe("a/b", "exact");
    subscribe("a/+", "plus");
    subscribe("a/#", "hash");
    subscribe("#", "all");
    subscribe("a/c", "other");

    assertThat(subscribersOf("a/b")).containsExactly("all", "exact", "hash", "plus");
    assertThat(subscribersOf("a")).containsExactly("all", "hash");
    assertThat(subscribersOf("$a")).isEmpty();
  }

  @Test
  void overlappingFiltersMakeOneReceiverWithTheHighestQosAndAllIdentifiers() {
    tree.subscribe(filter("a/#"), "s", options(0, false, true, 7));
    tree.subscribe(filter("a/b"), "s", options(2, false, false, 0));
    tree.subscribe(filter("+/b"), "s", options(1, false, false, 9));

    List<Receiver<String>> receivers = receiversOf("a/b");

    assertThat(receivers).hasSize(1);
    Grant grant = receivers.getFirst().grant(false);
    assertThat(grant.qos()).isEqualTo(2);
    assertThat(grant.retainAsPublished()).isTrue();
    assertThat(grant.identifierCount()).isEqualTo(2);
    assertThat(Set.of(grant.identifier(0), grant.identifier(1))).containsExactlyInAnyOrder(7, 9);
  }

  @Test
  void filtersWithNoLocalPlayNoPartForOnesOwnMessages() {
    tree.subscribe(filter("a/#"), "s", options(2, true, true, 7));
    tree.subscribe(filter("a/b"), "s", options(1, false, false, 9));

    Receiver<String> both = receiversOf("a/b").getFirst();
    Receiver<String> one = receiversOf("a/c").getFirst();

    assertThat(both.grant(false)).hasToString("qos 2 rap [7, 9]");
    assertThat(both.grant(true)).hasToString("qos 1 [9]");
    assertThat(one.grant(true)).isNull();
    assertThat(one.grant(false)).hasToString("qos 2 rap [7]");
  }

  @Test
  void theSameFilterAgainReplacesTheOptions() {
    assertThat(tree.subscribe(filter("a"), "s", options(2, false, false, 0))).isNull();
    assertThat(tree.subscribe(filter("a"), "s", options(1, true, false, 3)))
        .isEqualTo(options(2, false, false, 0));

    assertThat(tree.subscriptions()).isOne();
    assertThat(receiversOf("a").getFirst().grant(false)).hasToString("qos 1 [3]");
  }

  @Test
  void unsubscribingComparesLiterallyAndLeavesNothingBehind() {
    subscribe("a/#", "s");
    subscribe("a/b", "s");
    TopicTree.Root<String> before = tree.root();

    assertThat(tree.unsubscribe(filter("a/+"), "s")).isNull();
    assertThat(tree.root()).isSameAs(before);
    assertThat(tree.unsubscribe(filter("a/b"), "t")).isNull();
    assertThat(tree.unsubscribe(filter("a/b"), "s")).isEqualTo(SubscribeOptions.ofQos(1));
    assertThat(subscribersOf("a/b")).containsExactly("s");
    assertThat(tree.unsubscribe(filter("a/#"), "s")).isNotNull();
    assertThat(tree.subscriptions()).isZero();
    assertThat(tree.root().node().isEmpty()).isTrue();
  }

  @Test
  void sharedAndPlainSubscriptionsOfTheSameFilterAreDifferent() {
    subscribe("a", "s");
    subscribe("$share/g/a", "s");
    subscribe("$share/g/a", "t");
    subscribe("$share/h/a", "t");
    subscribe("$share/g/+", "u");

    Matches<String> matches = tree.match(name("a"));

    assertThat(subscribersOf("a")).containsExactly("s");
    assertThat(matches.groups().stream().map(group -> group.filter() + " " + group.size()))
        .containsExactlyInAnyOrder("$share/g/a 2", "$share/h/a 1", "$share/g/+ 1");
    assertThat(tree.subscriptions()).isEqualTo(5);
    assertThat(tree.unsubscribe(filter("$share/g/a"), "s")).isNotNull();
    assertThat(tree.unsubscribe(filter("$share/g/a"), "t")).isNotNull();
    assertThat(tree.match(name("a")).groups()).hasSize(2);
    assertThat(subscribersOf("a")).containsExactly("s");
  }

  @Test
  void aBatchIsSeenAsAWhole() {
    subscribe("x", "s");
    tree.apply(
        List.of(
            new TopicTree.Change.Subscribe<>(filter("a"), "s", SubscribeOptions.ofQos(0)),
            new TopicTree.Change.Subscribe<>(filter("b"), "s", SubscribeOptions.ofQos(0)),
            new TopicTree.Change.Unsubscribe<>(filter("x"), "s"),
            new TopicTree.Change.Unsubscribe<>(filter("y"), "s")));

    assertThat(tree.subscriptions()).isEqualTo(2);
    assertThat(subscribersOf("x")).isEmpty();
    assertThat(subscribersOf("b")).containsExactly("s");
  }

  @Test
  void agreesWithTheObviousMatcherWhileItChanges() {
    Seeds.run(
        6,
        random -> {
          TopicTree<String> random1 = new TopicTree<>(Randomness.seeded(random.nextLong()));
          Matcher<String> cached = random1.matcher(64);
          Map<String, Map<String, Integer>> expected = new HashMap<>(); // filter → who → qos
          for (int i = 0; i < 600; i++) {
            String filter = NaiveTopics.filter(random);
            String who = "s" + random.nextInt(12);
            if (random.nextInt(3) > 0) {
              int qos = random.nextInt(3);
              random1.subscribe(filter(filter), who, SubscribeOptions.ofQos(qos));
              expected.computeIfAbsent(filter, _ -> new HashMap<>()).put(who, qos);
            } else if (!expected.isEmpty()) {
              String known = Seeds.oneOf(random, expected.keySet().toArray(String[]::new));
              random1.unsubscribe(filter(known), who);
              expected.get(known).remove(who);
            }
            String topic = NaiveTopics.topic(random);
            assertThat(qosByWho(match(cached, topic)))
                .as("%s in %s", topic, expected)
                .isEqualTo(naively(expected, topic));
          }
          assertThat(random1.subscriptions())
              .isEqualTo(expected.values().stream().mapToInt(Map::size).sum());
        });
  }

  private static Map<String, Integer> naively(
      Map<String, Map<String, Integer>> subscriptions, String topic) {
    Map<String, Integer> result = new HashMap<>();
    subscriptions.forEach(
        (filter, entries) -> {
          if (NaiveTopics.matches(filter, topic))
            entries.forEach((who, qos) -> result.merge(who, qos, Math::max));
        });
    return result;
  }

  private static Map<String, Integer> qosByWho(Matches<String> matches) {
    Map<String, Integer> result = new HashMap<>();
    matches.forEachReceiver(
        receiver ->
            assertThat(result.put(receiver.subscriber(), receiver.grant(false).qos()))
                .as("one receiver for each subscriber")
                .isNull());
    return result;
  }

  @Test
  void manyReceiversAreNotListedButStillMergedOnce() {
    TopicTree<Integer> big = new TopicTree<>(Randomness.seeded(1));
    for (int i = 0; i < 12_000; i++) {
      big.subscribe(filter("news/#"), i, SubscribeOptions.ofQos(0));
      if (i % 2 == 0) big.subscribe(filter("news/a"), i, SubscribeOptions.ofQos(2));
    }

    Matches<Integer> matches = big.match(name("news/a"));
    int[] byQos = new int[3];
    matches.forEachReceiver(receiver -> byQos[receiver.grant(false).qos()]++);

    assertThat(byQos).containsExactly(6_000, 0, 6_000);
    assertThat(matches.receiversAtMost()).isEqualTo(18_000);
  }

  @Test
  void theCacheServesOneRootOnly() {
    Matcher<String> matcher = tree.matcher();
    subscribe("a/b", "s");

    Matches<String> first = match(matcher, "a/b");
    assertThat(match(matcher, "a/b")).isSameAs(first);
    assertThat(matcher.hits()).isOne();
    assertThat(matcher.isCurrent()).isTrue();

    subscribe("a/+", "t");
    assertThat(matcher.isCurrent()).isFalse();
    assertThat(qosByWho(match(matcher, "a/b"))).containsOnlyKeys("s", "t");
    assertThat(matcher.misses()).isEqualTo(2);
  }

  @Test
  void aCacheOfTheWrongSizeIsRefused() {
    assertThatThrownBy(() -> tree.matcher(100)).hasMessageContaining("cacheEntries: 100");
  }

  @Test
  void aSearchThatWouldVisitTooManyNodesStops() {
    int levels = 12;
    for (int bits = 0; bits < 1 << levels; bits++) {
      StringBuilder text = new StringBuilder();
      for (int i = 0; i < levels; i++) {
        if (i > 0) text.append('/');
        text.append((bits >> i & 1) == 0 ? "a" : "+");
      }
      tree.subscribe(wide(text.toString()), "s", SubscribeOptions.ofQos(0));
    }
    byte[] topic = "a/a/a/a/a/a/a/a/a/a/a/a".getBytes(StandardCharsets.US_ASCII);
    Matcher<String> matcher = tree.matcher();

    assertThat(matcher.match(topic, 0, topic.length, 1_000)).isNull();
    assertThat(matcher.visited()).isLessThan(1_100 + levels);
    assertThat(matcher.match(topic, 0, topic.length).receiversAtMost()).isOne();
    assertThat(matcher.visited()).isEqualTo((2 << levels) - 1);
  }

  @Test
  void aTopicDeeperThanAnyFilterCostsNoMoreThanTheFilters() {
    subscribe("a/#", "s");
    String deep = "a" + "/a".repeat(5_000);

    assertThat(qosByWho(match(tree.matcher(), deep))).containsOnlyKeys("s");
  }

  @Test
  void readersSeeWholeStatesWhileWritersWrite() throws Exception {
    // Each writer always has exactly one of its two filters; a reader that saw half a batch would
    // find none or both.
    AtomicBoolean stop = new AtomicBoolean();
    tree.subscribe(filter("t/0/a"), "w0", SubscribeOptions.ofQos(0));
    tree.subscribe(filter("t/1/a"), "w1", SubscribeOptions.ofQos(0));
    try (ExecutorService threads = Executors.newCachedThreadPool()) {
      List<Future<?>> work = new ArrayList<>();
      for (int writer = 0; writer < 2; writer++) {
        int id = writer;
        work.add(
            threads.submit(
                (Callable<Void>)
                    () -> {
                      for (int i = 0; i < 4_000; i++) swap(id, i % 2 == 0);
                      return null;
                    }));
      }
      Future<?> reader =
          threads.submit(
              (Callable<Void>)
                  () -> {
                    Matcher<String> matcher = tree.matcher();
                    while (!stop.get()) {
                      assertThat(qosByWho(match(matcher, "t/0/a"))).containsOnlyKeys("w0");
                      assertThat(qosByWho(match(matcher, "t/1/a"))).containsOnlyKeys("w1");
                    }
                    return null;
                  });
      for (Future<?> writer : work) writer.get();
      stop.set(true);
      reader.get();
    }
    assertThat(tree.subscriptions()).isEqualTo(2);
  }

  private void swap(int id, boolean toWild) {
    TopicFilter exact = filter("t/" + id + "/a");
    TopicFilter wild = filter("t/" + id + "/+");
    tree.apply(
        List.of(
            new TopicTree.Change.Unsubscribe<>(toWild ? exact : wild, "w" + id),
            new TopicTree.Change.Subscribe<>(
                toWild ? wild : exact, "w" + id, SubscribeOptions.ofQos(0))));
  }

  private void subscribe(String filter, String who) {
    tree.subscribe(filter(filter), who, SubscribeOptions.ofQos(1));
  }

  private Set<String> subscribersOf(String topic) {
    return new TreeSet<>(qosByWho(tree.match(name(topic))).keySet());
  }

  private List<Receiver<String>> receiversOf(String topic) {
    List<Receiver<String>> receivers = new ArrayList<>();
    tree.match(name(topic)).forEachReceiver(receivers::add);
    return receivers;
  }

  private static Matches<String> match(Matcher<String> matcher, String topic) {
    byte[] bytes = ("?" + topic).getBytes(StandardCharsets.UTF_8);
    return matcher.match(bytes, 1, bytes.length - 1);
  }

  private static TopicFilter wide(String text) {
    try {
      return TopicFilter.of(text, TopicLimits.WIDEST);
    } catch (BadTopicException bad) {
      throw new AssertionError(bad);
    }
  }

  private static SubscribeOptions options(
      int qos, boolean noLocal, boolean retainAsPublished, int identifier) {
    return new SubscribeOptions(qos, noLocal, retainAsPublished, RetainHandling.SEND, identifier);
  }
}
