package io.fairlead.core.config;

/**
 * A named object of the configuration, known to exist.
 *
 * @param section where it was found, e.g. {@code upstreams}
 * @param id its name there
 */
public record Reference(String section, String id) {
  @Override
  public String toString() {
    return section + "." + id;
  }
}
