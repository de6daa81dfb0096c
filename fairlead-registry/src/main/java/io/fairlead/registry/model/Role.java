package io.fairlead.registry.model;

import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;

/** What an entry may be used as; a set of roles is a bit mask. */
public enum Role {
  PROXY(1),
  RELAY(2),
  UPSTREAM(4),
  TUNNEL_SERVER(8),
  TUNNEL_CLIENT(16),
  BROKER(32),
  /** A user of the proxy or a device of the broker. */
  CLIENT(64);

  /** Every role. */
  public static final int ALL = 127;

  private final int bit;

  Role(int bit) {
    this.bit = bit;
  }

  public int bit() {
    return bit;
  }

  /** The lower-case word of lists and configuration. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Role> of(String word) {
    return Arrays.stream(values())
        .filter(role -> role.word().equals(word.toLowerCase(Locale.ROOT)))
        .findFirst();
  }

  /** The mask of several roles. */
  public static int mask(Collection<Role> roles) {
    return roles.stream().mapToInt(Role::bit).reduce(0, (a, b) -> a | b);
  }
}
