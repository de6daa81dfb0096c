package io.fairlead.mqtt.topic;

import static io.fairlead.mqtt.topic.NaiveTopics.filter;
import static io.fairlead.mqtt.topic.NaiveTopics.name;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fairlead.testkit.Seeds;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TopicFilterTest {
  private static final TopicLimits SMALL = new TopicLimits(30, 4, 2);

  @ParameterizedTest
  @CsvSource({
    "a/b, a/b, true",
    "a/b, a/b/c, false",
    "a/+, a/b, true",
    "a/+, a/, true",
    "a/+, a, false",
    "a/#, a, true",
    "a/#, a/, true",
    "a/#, a/b/c, true",
    "a/#, ab, false",
    "+, a, true",
    "+, /a, false",
    "/+, /a, true",
    "+/+, /a, true",
    "#, a/b, true",
    "+/b/#, a/b, true",
    "+/b/#, a/c, false",
    "#, $SYS/x, false",
    "+/x, $SYS/x, false",
    "$SYS/#, $SYS/x, true",
    "$SYS/+, $SYS/x, true",
    "a/+, a/$b, true",
    "a//b, a/b, false",
    "a//b, a//b, true",
    "A, a, false",
    "$share/g/a/+, a/b, true",
    "$share/g/#, $SYS/x, false",
    "$share/g//a, /a, true",
    "$share, $share, true"
  })
  void topicFilterMatches(String filter, String topic, boolean matches) {
    assertThat(filter(filter).matches(name(topic))).isEqualTo(matches);
  }

  @ParameterizedTest
  @CsvSource({
    "'', EMPTY",
    "a#, HASH_NOT_LAST",
    "#/a, HASH_NOT_LAST",
    "a/#/b, HASH_NOT_LAST",
    "a/#b, HASH_NOT_LAST",
    "##, HASH_NOT_LAST",
    "a+, PLUS_NOT_ALONE",
    "+a/b, PLUS_NOT_ALONE",
    "a/++, PLUS_NOT_ALONE",
    "+/+/+, TOO_MANY_WILDCARDS",
    "+/+/#, TOO_MANY_WILDCARDS",
    "a/b/c/d/e, TOO_DEEP",
    "1234567890123456789012345678901, TOO_LONG",
    "$share//a, SHARE_WITHOUT_NAME",
    "$share/, SHARE_WITHOUT_NAME",
    "$share/g+/a, SHARE_NAME",
    "$share/#/a, SHARE_NAME",
    "$share/g, SHARE_WITHOUT_FILTER",
    "$share/g/, SHARE_WITHOUT_FILTER",
    "$share/g/a#, HASH_NOT_LAST"
  })
  void saysWhatIsWrong(String text, TopicFault fault) {
    BadTopicException bad =
        catchThrowableOfType(BadTopicException.class, () -> TopicFilter.of(text, SMALL));

    assertThat(bad.fault()).isEqualTo(fault);
    assertThat(bad).hasMessage(fault.reason());
    assertThat(fault.isOurLimit())
        .isEqualTo(text.length() > 30 || text.split("/").length > 4 || text.startsWith("+/+/"));
  }

  @Test
  void knowsItsGroup() {
    assertThat(filter("$share/group-1/a/+").group()).contains("group-1");
    assertThat(filter("$share/g/a").startsWithDollar()).isFalse();
    assertThat(filter("$share/g/$a").startsWithDollar()).isTrue();
    assertThat(filter("a").group()).isEmpty();
    assertThat(filter("$share/g/a")).isNotEqualTo(filter("a"));
  }

  @ParameterizedTest
  @CsvSource({
    "#, a/b, true",
    "#, #, true",
    "#, $SYS/x, false",
    "+, #, false",
    "a/#, a, true",
    "a/#, a/+/c, true",
    "a, a/#, false",
    "a/+, a/b, true",
    "a/b, a/+, false",
    "a/+/c, a/b/c, true",
    "a/+, a/#, false",
    "$share/g/a/#, a/b, true"
  })
  void coversWhatMeansNoMore(String wide, String narrow, boolean covers) {
    assertThat(filter(wide).covers(filter(narrow))).isEqualTo(covers);
  }

  @ParameterizedTest
  @CsvSource({
    "a/+, +/b, true",
    "a/+, b/+, false",
    "a, a/#, true",
    "a, a/+, false",
    "#, $SYS/x, false",
    "+/b, $x/b, false",
    "$x/+, $x/b, true",
    "a/#, a/b/c, true",
    "a/+/c, a/b/#, true"
  })
  void intersectsWhereSomeTopicIsMeantByBoth(String a, String b, boolean intersects) {
    assertThat(filter(a).intersects(filter(b))).isEqualTo(intersects);
    assertThat(filter(b).intersects(filter(a))).isEqualTo(intersects);
  }

  @Test
  void matchesAsTheObviousMatcherDoes() {
    Seeds.run(
        8,
        random -> {
          for (int i = 0; i < 2_000; i++) {
            String filter = NaiveTopics.filter(random);
            String topic = NaiveTopics.topic(random);
            assertThat(filter(filter).matches(name(topic)))
                .as("%s on %s", filter, topic)
                .isEqualTo(NaiveTopics.matches(filter, topic));
          }
        });
  }

  @Test
  void coveringAndIntersectingAgreeWithMatching() {
    Seeds.run(
        3,
        random -> {
          List<String> topics = new ArrayList<>();
          for (int i = 0; i < 150; i++) topics.add(NaiveTopics.topic(random));
          for (int i = 0; i < 200; i++) {
            String a = NaiveTopics.filter(random);
            String b = NaiveTopics.filter(random);
            for (String topic : topics) {
              boolean byA = NaiveTopics.matches(a, topic);
              boolean byB = NaiveTopics.matches(b, topic);
              if (byA && byB)
                assertThat(filter(a).intersects(filter(b))).as("%s, %s", a, b).isTrue();
              if (byB && !byA) assertThat(filter(a).covers(filter(b))).as("%s, %s", a, b).isFalse();
            }
            if (filter(a).covers(filter(b)))
              assertThat(filter(a).intersects(filter(b))).as("%s, %s", a, b).isTrue();
          }
        });
  }
}
