package io.fairlead.mqtt.delivery;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.store.MemoryStore;
import io.fairlead.mqtt.topic.SharedStrategy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Each strategy through the whole broker: who gets what, and who gets it when a member dies. */
class SharedStrategiesTest {
  private static final int PUBLISHERS = 6;
  private static final int TOPICS = 6;

  @ParameterizedTest
  @EnumSource
  void membersShareAsTheStrategySaysAndInheritWhatOneLeavesOpen(SharedStrategy strategy) {
    String word = strategy.name().toLowerCase(Locale.ROOT);
    BrokerLab lab = new BrokerLab(new MemoryStore(), "{ shared_strategy: " + word + " }");
    List<BrokerLab.Client> members =
        Stream.of("one", "two", "three")
            .map(id -> lab.client(id).joined().subscribe("$share/g/a/#", 1))
            .toList();
    members.forEach(BrokerLab.Client::take);
    List<String> published = new ArrayList<>();
    for (int publisher = 0; publisher < PUBLISHERS; publisher++) {
      BrokerLab.Client client = lab.client("p" + publisher).joined();
      for (int topic = 0; topic < TOPICS; topic++) {
        String payload = "p" + publisher + " t" + topic;
        client.publish("a/" + topic, payload, 1, topic + 1, Properties.EMPTY);
        published.add(payload);
      }
    }

    List<List<String>> shares = new ArrayList<>();
    for (BrokerLab.Client member : members) shares.add(new ArrayList<>(member.messages()));
    assertThat(shares.stream().flatMap(List::stream))
        .containsExactlyInAnyOrderElementsOf(published);
    switch (strategy) {
      case ROUND_ROBIN, LEAST_INFLIGHT ->
          assertThat(shares).allMatch(share -> share.size() == published.size() / 3);
      case STICKY -> assertThat(shares).anyMatch(share -> share.size() == published.size());
      case HASH_CLIENT_ID -> togetherBy(shares, PUBLISHERS, "p");
      case HASH_TOPIC -> togetherBy(shares, TOPICS, "t");
    }

    // None of it is acknowledged: what the one with the most had is the others' now.
    int dies =
        Stream.of(0, 1, 2).max(Comparator.comparing(i -> shares.get(i).size())).orElseThrow();
    members.get(dies).lose();
    List<String> inherited = new ArrayList<>();
    for (int i = 0; i < members.size(); i++) {
      if (i != dies) inherited.addAll(members.get(i).messages());
    }
    assertThat(inherited).containsExactlyInAnyOrderElementsOf(shares.get(dies));
  }

  private static void togetherBy(List<List<String>> shares, int count, String mark) {
    for (int i = 0; i < count; i++) {
      String of = mark + i;
      assertThat(shares)
          .as("shares with messages of %s", of)
          .filteredOn(share -> share.stream().anyMatch(payload -> payload.contains(of)))
          .hasSize(1);
    }
  }
}
