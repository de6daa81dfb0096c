package io.fairlead.mqtt.session;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.mqtt.codec.Properties;
import io.fairlead.mqtt.session.Outbox.Item;
import io.fairlead.mqtt.store.Message;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class InflightTest {
  private final Inflight inflight = new Inflight();

  @Test
  void idsFollowEachOtherAndBeginAgainAtOne() {
    for (int id = 1; id <= Outbox.IDS; id++) {
      Item item = item();
      inflight.add(item);
      assertThat(item.packetId).isEqualTo(id);
      inflight.remove(id);
    }
    Item item = item();
    inflight.add(item);
    assertThat(item.packetId).isEqualTo(1);
  }

  @Test
  void theLastIdsAreNoMessages() {
    assertThat(Outbox.IDS).isEqualTo(65_533);
    Item item = item();
    item.packetId = 65_535; // of an earlier version
    inflight.restore(item);

    Item next = item();
    inflight.add(next);
    assertThat(next.packetId).isEqualTo(1);
    assertThat(inflight.get(65_535)).isSameAs(item);
  }

  @Test
  void everyIdCanBeInFlightAtOnce() {
    for (int i = 0; i < Outbox.IDS; i++) inflight.add(item());

    assertThat(inflight.size()).isEqualTo(Outbox.IDS);
    assertThat(inflight.all()).extracting(each -> each.packetId).doesNotHaveDuplicates();
    inflight.remove(40_000);
    Item last = item();
    inflight.add(last);
    assertThat(last.packetId).isEqualTo(40_000);
  }

  @Test
  void idsOfAnEarlierProcessAreFoundEvenIfTheirSlotsMeet() {
    for (int id : new int[] {8, 16, 32_768, 65_528}) {
      Item item = item();
      item.packetId = id;
      inflight.restore(item);
    }

    assertThat(inflight.size()).isEqualTo(4);
    for (int id : new int[] {8, 16, 32_768, 65_528}) assertThat(inflight.get(id)).isNotNull();
    assertThat(inflight.get(24)).isNull();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void itKeepsWhatAMapKeeps(long seed) {
    Random random = new Random(seed);
    Map<Integer, Item> model = new HashMap<>();
    List<Integer> ids = new ArrayList<>();
    for (int step = 0; step < 200_000; step++) {
      if (ids.isEmpty() || random.nextInt(100) < 52 && ids.size() < 5000) {
        Item item = item();
        inflight.add(item);
        assertThat(item.packetId).isBetween(1, Outbox.IDS);
        assertThat(model.put(item.packetId, item)).as("in use").isNull();
        ids.add(item.packetId);
      } else {
        int at = random.nextInt(8) == 0 ? random.nextInt(ids.size()) : 0; // mostly the oldest
        int id = ids.remove(Math.min(at, ids.size() - 1));
        assertThat(inflight.get(id)).isSameAs(model.remove(id));
        inflight.remove(id);
      }
      assertThat(inflight.size()).isEqualTo(model.size());
    }
    assertThat(inflight.all()).containsExactlyInAnyOrderElementsOf(model.values());
  }

  private static Item item() {
    Message message =
        new Message(new byte[] {'a'}, new byte[0], 1, false, Properties.EMPTY, Message.NEVER, "p");
    return new Item(message, 1, false, new int[0], 0, null);
  }
}
