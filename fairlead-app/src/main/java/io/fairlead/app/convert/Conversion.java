package io.fairlead.app.convert;

import io.fairlead.core.config.Problem;
import java.util.List;

/**
 * What came out.
 *
 * @param yaml a configuration of ours
 * @param remarks what was left out or means something else, in the order of the input
 */
public record Conversion(String yaml, List<Problem> remarks) {
  public Conversion {
    remarks = List.copyOf(remarks);
  }
}
