package io.fairlead.mqtt.topic;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.core.random.Randomness;
import io.fairlead.testkit.Seeds;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/**
 * Whatever the bytes, they are refused for a reason or are a filter that reads back the same,
 * covers itself, and is found in the tree exactly where {@code matches} says.
 */
class TopicFilterFuzzTest {
  private static final String[] SAMPLES = {
    "a/b/+", "#", "$share/g/a/#", "$SYS/+/x", "//", "é/日本/\uD83D\uDE00", "+/+/+/#"
  };

  @FuzzTest(maxDuration = "60s")
  void neverThrowsAnythingElse(byte[] bytes) {
    check(bytes);
  }

  @Test
  void survivesDamage() {
    Seeds.run(
        3,
        random -> {
          byte[] spice = "/+#$\0ab\u00E9\u20AC".getBytes(StandardCharsets.UTF_8);
          for (int i = 0; i < 5_000; i++) {
            byte[] bytes = Seeds.oneOf(random, SAMPLES).getBytes(StandardCharsets.UTF_8);
            for (int n = random.nextInt(4); n > 0; n--)
              bytes[random.nextInt(bytes.length)] = spice[random.nextInt(spice.length)];
            check(Arrays.copyOf(bytes, random.nextInt(bytes.length + 1)));
          }
        });
  }

  private static void check(byte[] bytes) {
    checkName(bytes);
    TopicFilter filter;
    try {
      filter = TopicFilter.of(bytes, 0, bytes.length, TopicLimits.DEFAULT);
    } catch (BadTopicException refused) {
      assertThat(refused.getMessage()).isNotEmpty();
      return;
    }
    assertThat(filter.toBytes()).isEqualTo(bytes);
    assertThat(filter.covers(filter)).isTrue();
    assertThat(filter.intersects(filter)).isTrue();
    byte[] topic =
        new String(bytes, StandardCharsets.UTF_8)
            .replaceAll("[+#]", "w")
            .getBytes(StandardCharsets.UTF_8);
    TopicTree<String> tree = new TopicTree<>(Randomness.seeded(1));
    tree.subscribe(filter, "s", SubscribeOptions.ofQos(0));
    assertThat(tree.matcher(0).match(topic, 0, topic.length).isEmpty())
        .isEqualTo(!filter.matches(topic, 0, topic.length));
  }

  private static void checkName(byte[] bytes) {
    boolean utf8;
    try {
      StandardCharsets.UTF_8.newDecoder().decode(java.nio.ByteBuffer.wrap(bytes));
      utf8 = true;
    } catch (CharacterCodingException bad) {
      utf8 = false;
    }
    try {
      assertThat(TopicName.of(bytes, 0, bytes.length, TopicLimits.DEFAULT).toBytes())
          .isEqualTo(bytes);
      assertThat(utf8).isTrue();
    } catch (BadTopicException refused) {
      assertThat(refused.fault() == TopicFault.NOT_UTF8).isEqualTo(!utf8);
    }
  }
}
