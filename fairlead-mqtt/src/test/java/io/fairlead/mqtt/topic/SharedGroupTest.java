package io.fairlead.mqtt.topic;

import static io.fairlead.mqtt.topic.NaiveTopics.filter;
import static io.fairlead.mqtt.topic.NaiveTopics.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.random.Randomness;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class SharedGroupTest {
  private static final TopicFilter FILTER = filter("$share/g/jobs/#");

  private final TopicTree<String> tree = new TopicTree<>(Randomness.seeded(3));
  private final Set<String> busy = new HashSet<>();
  private final Map<String, Integer> inflight = new HashMap<>();
  private final MemberView<String> view =
      new MemberView<>() {
        @Override
        public boolean ready(String member) {
          return !busy.contains(member);
        }

        @Override
        public int inflight(String member) {
          return inflight.getOrDefault(member, 0);
        }
      };

  @Test
  void roundRobinTakesEachInTurn() {
    join("a", "b", "c");

    Map<String, Integer> counts = pickTimes(300, SharedStrategy.ROUND_ROBIN);

    assertThat(counts)
        .containsOnlyKeys("a", "b", "c")
        .allSatisfy((_, n) -> assertThat(n).isEqualTo(100));
  }

  @Test
  void aTurnGoesOnAcrossChangesOfTheGroup() {
    join("a", "b");
    String first = pick(SharedStrategy.ROUND_ROBIN, 0);
    tree.subscribe(FILTER, "a", SubscribeOptions.ofQos(2));

    assertThat(pick(SharedStrategy.ROUND_ROBIN, 0)).isNotEqualTo(first);
  }

  @ParameterizedTest
  @EnumSource(SharedStrategy.class)
  void whoIsNotReadyIsPassedOver(SharedStrategy strategy) {
    join("a", "b", "c");
    busy.add("a");
    busy.add("c");

    for (int i = 0; i < 10; i++) assertThat(pick(strategy, i)).isEqualTo("b");
  }

  @ParameterizedTest
  @EnumSource(SharedStrategy.class)
  void withNobodyReadyTheMessageWaits(SharedStrategy strategy) {
    join("a", "b");
    busy.add("a");
    busy.add("b");

    assertThat(pick(strategy, 1)).isNull();
  }

  @Test
  void leastInflightTakesTheIdlest() {
    join("a", "b", "c");
    inflight.putAll(Map.of("a", 5, "b", 2, "c", 3));

    assertThat(pick(SharedStrategy.LEAST_INFLIGHT, 0)).isEqualTo("b");
    inflight.put("b", 4);
    assertThat(pick(SharedStrategy.LEAST_INFLIGHT, 0)).isEqualTo("c");
  }

  @Test
  void leastInflightSpreadsAmongEquals() {
    join("a", "b", "c");

    assertThat(pickTimes(30, SharedStrategy.LEAST_INFLIGHT)).hasSize(3);
  }

  @Test
  void leastInflightFindsTheOnlyReadyMemberOfALargeGroup() {
    for (int i = 0; i < 1_000; i++) {
      join("m" + i);
      if (i != 567) busy.add("m" + i);
    }

    assertThat(pickTimes(10, SharedStrategy.LEAST_INFLIGHT)).containsExactly(Map.entry("m567", 10));
  }

  @Test
  void stickyStaysUntilItsMemberIsBusyOrGone() {
    join("a", "b", "c");
    String first = pick(SharedStrategy.STICKY, 0);
    assertThat(pickTimes(20, SharedStrategy.STICKY)).containsOnlyKeys(first);

    busy.add(first);
    String second = pick(SharedStrategy.STICKY, 0);
    assertThat(second).isNotEqualTo(first);
    busy.clear();
    assertThat(pick(SharedStrategy.STICKY, 0)).isEqualTo(second);

    tree.unsubscribe(FILTER, second);
    assertThat(pickTimes(20, SharedStrategy.STICKY)).hasSize(1).doesNotContainKey(second);
  }

  @ParameterizedTest
  @EnumSource(
      value = SharedStrategy.class,
      names = {"HASH_CLIENT_ID", "HASH_TOPIC"})
  void hashingKeepsTheSameHashAtOneMemberAndUsesAll(SharedStrategy strategy) {
    join("a", "b", "c", "d");
    Set<String> used = new HashSet<>();
    for (int hash = 0; hash < 200; hash++) {
      String chosen = pick(strategy, hash);
      assertThat(pick(strategy, hash)).isEqualTo(chosen);
      used.add(chosen);
    }

    assertThat(used).containsExactlyInAnyOrder("a", "b", "c", "d");
  }

  @Test
  void eachMemberHasItsOwnGrant() {
    tree.subscribe(FILTER, "a", SubscribeOptions.ofQos(0));
    tree.subscribe(FILTER, "b", SubscribeOptions.ofQos(2));
    Map<String, Integer> qos = new HashMap<>();

    group().forEachMember(member -> qos.put(member.subscriber(), member.grant(false).qos()));

    assertThat(qos).isEqualTo(Map.of("a", 0, "b", 2));
    assertThat(group().name()).isEqualTo("g");
  }

  @ParameterizedTest
  @CsvSource({
    "0, false, false, ANOTHER_MEMBER",
    "1, false, true, ANOTHER_MEMBER",
    "2, false, true, ANOTHER_MEMBER",
    "0, true, false, GONE",
    "1, true, false, ANOTHER_MEMBER",
    "1, true, true, ANOTHER_MEMBER",
    "2, true, false, SAME_MEMBER",
    "2, true, true, GONE"
  })
  void anUnfinishedMessageIsHandedOver(int qos, boolean sent, boolean ended, HandOver expected) {
    assertThat(HandOver.afterLoss(qos, sent, ended)).isEqualTo(expected);
  }

  @Test
  void anImpossibleQosIsABug() {
    assertThatThrownBy(() -> HandOver.afterLoss(3, true, true)).hasMessageContaining("qos: 3");
  }

  private void join(String... members) {
    for (String member : members) tree.subscribe(FILTER, member, SubscribeOptions.ofQos(1));
  }

  private SharedGroup<String> group() {
    return tree.match(name("jobs/1")).groups().getFirst();
  }

  private @Nullable String pick(SharedStrategy strategy, int hash) {
    Receiver<String> receiver = group().pick(strategy, hash, view);
    return receiver == null ? null : receiver.subscriber();
  }

  private Map<String, Integer> pickTimes(int times, SharedStrategy strategy) {
    Map<String, Integer> counts = new HashMap<>();
    for (int i = 0; i < times; i++)
      counts.merge(String.valueOf(pick(strategy, i)), 1, Integer::sum);
    return counts;
  }
}
