package io.fairlead.core.config;

import java.util.List;

/**
 * Edits that lie over the files of a configuration, in the order they apply.
 *
 * @param name of the layer, lower case, e.g. {@code api}; diagnostics name it as {@code <api …>}
 */
public record ConfigLayer(String name, List<ConfigEdit> edits) {
  public ConfigLayer {
    edits = List.copyOf(edits);
  }
}
