package io.fairlead.pubsub;

/**
 * The account or contract at a 20-byte address.
 *
 * @param hex {@code 0x} and 40 lower-case hex digits
 */
public record Address(String hex) {
  private static final int LENGTH = 42;

  /** Takes upper-case digits too; a checksum in the case of letters is not verified. */
  public Address {
    hex = Hex.checked(hex, LENGTH);
  }

  @Override
  public String toString() {
    return hex;
  }
}
