package io.fairlead.registry.model;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** What the list says about an entry. */
public enum Status {
  ACTIVE(1),
  /** No new work; current work may end. */
  DRAINING(2),
  /** Out, and explicitly so: stronger evidence than an absence. */
  REVOKED(3);

  private final int code;

  Status(int code) {
    this.code = code;
  }

  /** Its number on a chain. */
  public int code() {
    return code;
  }

  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  public static Optional<Status> of(String word) {
    return Arrays.stream(values())
        .filter(status -> status.word().equals(word.toLowerCase(Locale.ROOT)))
        .findFirst();
  }

  public static Optional<Status> of(int code) {
    return Arrays.stream(values()).filter(status -> status.code == code).findFirst();
  }
}
