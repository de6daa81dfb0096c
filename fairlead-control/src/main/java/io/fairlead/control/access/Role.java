package io.fairlead.control.access;

/** What a caller may do; each role includes those before it. */
public enum Role {
  /** Nobody in particular: health without detail. */
  PUBLIC,
  /** Reads. */
  VIEWER,
  /** Reloads, cuts connections. */
  OPERATOR,
  /** Stops. */
  ADMIN;

  public boolean includes(Role other) {
    return compareTo(other) >= 0;
  }
}
