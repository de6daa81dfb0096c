package io.fairlead.bench;

import io.fairlead.core.random.Randomness;
import io.fairlead.mqtt.topic.BadTopicException;
import io.fairlead.mqtt.topic.Matcher;
import io.fairlead.mqtt.topic.Matches;
import io.fairlead.mqtt.topic.SubscribeOptions;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import io.fairlead.mqtt.topic.TopicTree;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** Who gets a message, and what a subscribe costs, with up to a million siblings. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TopicMatch {
  private static final int BATCH = 10_000;

  @Param({"1000", "1000000"})
  int siblings;

  private final TopicTree<Integer> tree = new TopicTree<>(Randomness.seeded(1));
  private final Matcher<Integer> cached = tree.matcher();
  private final Matcher<Integer> walking = tree.matcher(0);
  private final TopicFilter more = filter("devices/more/state");
  private byte[][] topics = {};
  private int next;

  @Setup
  public void fill() {
    for (int from = 0; from < siblings; from += BATCH) {
      List<TopicTree.Change<Integer>> batch = new ArrayList<>(BATCH);
      for (int i = from; i < Math.min(siblings, from + BATCH); i++) {
        TopicFilter filter = filter("devices/" + i + "/state");
        batch.add(new TopicTree.Change.Subscribe<>(filter, i, SubscribeOptions.ofQos(1)));
      }
      tree.apply(batch);
    }
    tree.subscribe(filter("devices/+/state"), -1, SubscribeOptions.ofQos(0));
    tree.subscribe(filter("devices/#"), -2, SubscribeOptions.ofQos(0));
    topics = new byte[1024][];
    for (int i = 0; i < topics.length; i++) {
      String topic = "devices/" + (long) i * siblings / topics.length + "/state";
      topics[i] = topic.getBytes(StandardCharsets.US_ASCII);
    }
  }

  /** A topic that the loop has seen under this root. */
  @Benchmark
  public Matches<Integer> remembered() {
    byte[] topic = topics[next++ & 1023];
    return cached.match(topic, 0, topic.length);
  }

  /** A topic that is looked up from the root: one level among all siblings, and two wildcards. */
  @Benchmark
  public Matches<Integer> walked() {
    byte[] topic = topics[next++ & 1023];
    return walking.match(topic, 0, topic.length);
  }

  /** One more sibling, and away again: two changes. */
  @Benchmark
  public @Nullable SubscribeOptions changedTwice() {
    tree.subscribe(more, 0, SubscribeOptions.ofQos(1));
    return tree.unsubscribe(more, 0);
  }

  private static TopicFilter filter(String text) {
    try {
      return TopicFilter.of(text, TopicLimits.DEFAULT);
    } catch (BadTopicException bad) {
      throw new IllegalStateException(bad);
    }
  }
}
