package io.fairlead.mqtt.session;

import io.fairlead.mqtt.session.Outbox.Item;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is in flight to one client, by packet id: an array of slots, an id's slot being its lowest
 * bits. Ids are ours to choose, so one whose slot is taken is passed over; an id that was chosen
 * before a restart may make the array larger instead, up to one slot for each id. A step costs the
 * same however many there are, which no hashing with runs of neighbours does: ids come in rows.
 */
final class Inflight {
  private static final int FIRST_CAPACITY = 8;
  private static final int LARGEST_CAPACITY = 65_536;

  private static final @Nullable Item[] NONE = new Item[1];

  private @Nullable Item[] slots = NONE; // never written into
  private int size;
  private int lastId;

  int size() {
    return size;
  }

  @Nullable Item get(int id) {
    Item item = slots[id & slots.length - 1];
    return item != null && item.packetId == id ? item : null;
  }

  /** Gives it an id that is not in use; there must be one. */
  void add(Item item) {
    if (slots == NONE || size * 4 >= slots.length * 3) grow();
    do {
      lastId = lastId >= Outbox.IDS ? 1 : lastId + 1;
    } while (slots[lastId & slots.length - 1] != null);
    item.packetId = lastId;
    slots[lastId & slots.length - 1] = item;
    size++;
  }

  /** With the id it has; it replaces what was in flight under that one. */
  void restore(Item item) {
    remove(item.packetId);
    while (slots == NONE || slots[item.packetId & slots.length - 1] != null) grow();
    slots[item.packetId & slots.length - 1] = item;
    size++;
    lastId = item.packetId;
  }

  void remove(int id) {
    if (get(id) == null) return;
    slots[id & slots.length - 1] = null;
    size--;
  }

  List<Item> all() {
    List<Item> all = new ArrayList<>(size);
    for (Item item : slots) if (item != null) all.add(item);
    return all;
  }

  void clear() {
    slots = NONE;
    size = 0;
  }

  /** Two ids that differ share no slot of the largest array, so this ends. */
  private void grow() {
    if (slots.length == LARGEST_CAPACITY) return;
    @Nullable Item[] before = slots;
    slots = new Item[Math.max(FIRST_CAPACITY, before.length * 2)];
    for (Item item : before) if (item != null) slots[item.packetId & slots.length - 1] = item;
  }
}
