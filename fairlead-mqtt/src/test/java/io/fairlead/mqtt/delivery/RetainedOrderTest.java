package io.fairlead.mqtt.delivery;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.session.Route;
import io.fairlead.mqtt.store.BrokerStore;
import io.fairlead.mqtt.store.Message;
import io.fairlead.mqtt.topic.TopicFilter;
import io.fairlead.mqtt.topic.TopicLimits;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What is retained is the same here and in the store, whatever the order in which the batches of
 * several event loops reach it.
 */
class RetainedOrderTest {
  private final SlowStore store = new SlowStore();
  private final BrokerLab lab = new BrokerLab(store, "");

  /** A message that was put, and whose batch is on its way. */
  private record Under(BrokerStore.Batch batch, Route route) {}

  private Under put(int shard, String payload) {
    Message message =
        new Message(
            "t".getBytes(UTF_8),
            payload.getBytes(UTF_8),
            1,
            true,
            Properties.EMPTY,
            Message.NEVER,
            "p" + shard);
    BrokerStore.Batch batch = store.begin();
    return new Under(batch, lab.core.shard(shard).route(null, message, batch));
  }

  private void commit(Under one) {
    store.commit(one.batch());
    one.route().deliver();
  }

  private String here() throws Exception {
    return said(lab.core.retention());
  }

  private String afterARestart() throws Exception {
    return said(new BrokerLab(store, "").core.retention());
  }

  private static String said(Retention retention) throws Exception {
    return retention.list(TopicFilter.of("t", TopicLimits.DEFAULT), 9).stream()
        .map(each -> new String(each.payload(), UTF_8))
        .findFirst()
        .orElse("");
  }

  @ParameterizedTest
  @CsvSource({"one, two", "one, ''", "'', two"})
  void theLastHereIsTheLastThere(String first, String second) throws Exception {
    commit(put(0, "before"));
    Under one = put(0, first);
    Under two = put(1, second);
    commit(two);
    commit(one);
    assertThat(here()).isEqualTo(second);
    assertThat(afterARestart()).isEqualTo(second);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void anyOrderEndsTheSame(long seed) throws Exception {
    Random random = new Random(seed);
    List<Under> onTheirWay = new ArrayList<>();
    for (int step = 0; step < 200; step++) {
      if (random.nextInt(2) == 0) {
        String payload = random.nextInt(4) == 0 ? "" : "n" + step;
        onTheirWay.add(put(random.nextInt(2), payload));
      } else if (!onTheirWay.isEmpty()) {
        commit(onTheirWay.remove(random.nextInt(onTheirWay.size())));
      }
    }
    while (!onTheirWay.isEmpty()) commit(onTheirWay.removeLast());
    assertThat(afterARestart()).isEqualTo(here());
  }

  @Test
  void oneThatExpiresDoesNotTakeItsSuccessorAlong() throws Exception {
    Message brief =
        new Message(
            "t".getBytes(UTF_8),
            "brief".getBytes(UTF_8),
            1,
            true,
            Properties.EMPTY,
            lab.clock.wall().toEpochMilli() + 1000,
            "p");
    BrokerStore.Batch batch = store.begin();
    Route route = lab.core.shard(0).route(null, brief, batch);
    store.commit(batch);
    route.deliver();
    lab.core.retention().sweep(brief.expiresAtMillis() - 1);
    assertThat(here()).isEqualTo("brief");
    lab.core.retention().sweep(brief.expiresAtMillis() + 1);
    assertThat(here()).isEmpty();
    assertThat(afterARestart()).isEmpty();
    commit(put(0, "later"));
    assertThat(lab.core.retention().delete(TopicFilter.of("#", TopicLimits.DEFAULT))).isOne();
    assertThat(afterARestart()).isEmpty();
  }
}
