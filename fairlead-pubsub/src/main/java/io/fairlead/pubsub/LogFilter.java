package io.fairlead.pubsub;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Which logs are meant: any of the addresses, and at each place any of the topics. An empty list
 * means any.
 *
 * @param topics at most four places
 */
public record LogFilter(List<Address> addresses, List<List<Hash>> topics) {
  private static final int PLACES_MAX = 4;

  public LogFilter {
    addresses = List.copyOf(addresses);
    topics = topics.stream().map(List::copyOf).toList();
    if (topics.size() > PLACES_MAX)
      throw new IllegalArgumentException("topics: " + topics.size() + " (expected: <= 4)");
  }

  /** Every log there is. */
  public static LogFilter all() {
    return new LogFilter(List.of(), List.of());
  }

  /** Every log of one contract. */
  public static LogFilter of(Address address) {
    return new LogFilter(List.of(address), List.of());
  }

  /** As the members {@code address} and {@code topics} of a filter object. */
  public Map<String, Object> toJson() {
    Map<String, Object> members = new LinkedHashMap<>();
    if (addresses.size() == 1) members.put("address", addresses.getFirst().hex());
    else if (!addresses.isEmpty())
      members.put("address", addresses.stream().map(Address::hex).toList());
    if (!topics.isEmpty()) {
      List<Object> places = new ArrayList<>();
      for (List<Hash> place : topics) {
        places.add(place.isEmpty() ? Json.NULL : place.stream().map(Hash::hex).toList());
      }
      members.put("topics", places);
    }
    return members;
  }
}
