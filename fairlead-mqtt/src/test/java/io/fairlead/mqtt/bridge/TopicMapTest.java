package io.fairlead.mqtt.bridge;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.BridgeConfig;
import io.fairlead.mqtt.BridgeConfig.Direction;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicMapTest {
  @ParameterizedTest
  @CsvSource({
    "'#', site7/, plants/7/, site7/a/b, plants/7/a/b",
    "'#', site7/, plants/7/, site7/, plants/7/",
    "'#', site7/, plants/7/, site7, ",
    "'#', site7/, '', site7/a, a",
    "'#', site7/, '', site7, ",
    "'#', site7/, '', site7/, ",
    "'#', '', plants/7/, site7, plants/7/site7",
    "'+/#', site7/, plants/, site7/a, plants/a",
    "'', site7/on, plants/on, site7/on, plants/on",
    "'/#', site7, plants, site7, plants",
    "'/#', site7, plants, site7/a, plants/a",
    "a/#, x/, y/, x/a, y/a",
    "a/#, x/, y/, x/b, ",
    "'#', é/, e/, é/1, e/1",
  })
  void aPrefixTakesThePlaceOfTheOtherInBothDirections(
      String filter, String from, String to, String topic, String there) {
    TopicMap out =
        TopicMap.of(List.of(new BridgeConfig.Topic(filter, Direction.OUT, 1, from, to, true)));
    TopicMap in =
        TopicMap.of(List.of(new BridgeConfig.Topic(filter, Direction.IN, 1, to, from, true)));
    assertThat(text(out.out(topic.getBytes(UTF_8)))).isEqualTo(Optional.ofNullable(there));
    assertThat(text(in.in(topic.getBytes(UTF_8)))).isEqualTo(Optional.ofNullable(there));
    assertThat(out.in(topic.getBytes(UTF_8))).isEmpty();
    assertThat(in.out(topic.getBytes(UTF_8))).isEmpty();
  }

  @Test
  void whatOneRuleDoesNotFitTheNextMay() {
    TopicMap topics =
        TopicMap.of(
            List.of(
                new BridgeConfig.Topic("#", Direction.OUT, 1, "site7/", "plants/7/", true),
                new BridgeConfig.Topic("site7", Direction.OUT, 1, "", "", true)));
    assertThat(text(topics.out("site7".getBytes(UTF_8)))).contains("site7");
  }

  @Test
  void whatWouldBeLongerThanATopicMayDoesNotCross() {
    TopicMap topics =
        TopicMap.of(List.of(new BridgeConfig.Topic("#", Direction.IN, 1, "from/", "", true)));
    assertThat(topics.in("x".repeat(65_531).getBytes(UTF_8))).isEmpty();
    assertThat(text(topics.in("x".repeat(65_530).getBytes(UTF_8))))
        .contains("from/" + "x".repeat(65_530));
  }

  private static Optional<String> text(Optional<TopicMap.Way> way) {
    return way.map(each -> new String(each.topic(), UTF_8));
  }
}
