package io.fairlead.control.api;

import java.util.Map;

/**
 * The running configuration, redacted.
 *
 * @param tree plain maps, lists, strings, numbers, booleans; keys in order of their definition
 * @param yaml the same as text
 * @param hash SHA-256, hex, at least 12 digits
 */
public record EffectiveConfig(Map<String, ?> tree, String yaml, long generation, String hash) {
  public EffectiveConfig {
    if (hash.length() < 12) {
      throw new IllegalArgumentException("hash: " + hash + " (expected: at least 12 digits)");
    }
  }

  /** The entity tag, without quotes: changes whenever what runs, or its text, does. */
  public String tag() {
    return "g" + generation + "-" + hash.substring(0, 12);
  }
}
