package io.fairlead.registry.evm;

import io.fairlead.registry.evm.ListedRows.Fingerprint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Which endpoints say the same of the same blocks. Pure.
 *
 * @param members that agree, in the order of the configuration; at least one
 * @param others that answered otherwise, and what
 */
record Agreement(List<Testimony> members, List<Testimony> others) {
  /**
   * What one endpoint says.
   *
   * @param head its block at the height that all are asked at
   */
  record Testimony(
      EndpointReader endpoint,
      Header head,
      Header shallow,
      Fingerprint near,
      Header deep,
      Fingerprint far) {
    private record Content(String shallow, Fingerprint near, String deep, Fingerprint far) {}

    private Content content() {
      return new Content(shallow.hash(), near, deep.hash(), far);
    }

    /** In words, for people. */
    String said() {
      return "block "
          + shallow.number()
          + " "
          + shallow.hash().substring(0, 10)
          + "…, "
          + near.text();
    }
  }

  Agreement {
    members = List.copyOf(members);
    others = List.copyOf(others);
  }

  /** The largest group; empty when it is smaller than asked for, or when two are as large. */
  static Optional<Agreement> among(List<Testimony> testimonies, int quorum) {
    List<List<Testimony>> groups = groups(testimonies);
    if (groups.isEmpty() || groups.getFirst().size() < quorum) return Optional.empty();
    boolean tie = groups.size() > 1 && groups.get(1).size() == groups.getFirst().size();
    if (tie) return Optional.empty();
    List<Testimony> most = groups.getFirst();
    return Optional.of(
        new Agreement(most, testimonies.stream().filter(each -> !most.contains(each)).toList()));
  }

  /** The largest first. */
  private static List<List<Testimony>> groups(List<Testimony> testimonies) {
    Map<Object, List<Testimony>> groups = new LinkedHashMap<>();
    for (Testimony each : testimonies) {
      groups.computeIfAbsent(each.content(), _ -> new ArrayList<>()).add(each);
    }
    return groups.values().stream()
        .sorted(Comparator.comparingInt((List<Testimony> group) -> group.size()).reversed())
        .toList();
  }

  /** The one that is asked for the list. */
  Testimony first() {
    return members.getFirst();
  }
}
