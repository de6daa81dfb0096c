package io.fairlead.registry.target;

import java.util.List;
import java.util.Map;

/**
 * A list was written.
 *
 * @param cut live work ended per key of the list, by kind, e.g. {@code proxy_flows}
 * @param notes what the operator should know, e.g. that the file was written in place
 */
public record Applied(Map<String, Map<String, Integer>> cut, List<String> notes) {
  public static final Applied DONE = new Applied(Map.of(), List.of());

  public Applied {
    cut = Map.copyOf(cut);
    notes = List.copyOf(notes);
  }
}
