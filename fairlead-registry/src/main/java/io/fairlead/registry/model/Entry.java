package io.fairlead.registry.model;

import io.fairlead.core.identity.NodeKey;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * One entry of a list.
 *
 * @param id 32 bytes as {@code 0x} and 64 lower-case hex digits
 * @param operator who may change it, for sources that know
 * @param roles bit mask of {@link Role}
 * @param endpoints in the order of the list, duplicates collapsed
 * @param publicKey the Ed25519 key that proves it, when it has a usable one
 * @param group free text, at most 64 characters
 * @param weight 1–65535
 * @param validUntil Unix seconds; 0 for ever
 * @param updated where in the source's history it last changed; 0 when unknown
 * @param user the account of a users file it stands for
 */
public record Entry(
    String id,
    Optional<String> operator,
    int roles,
    Status status,
    List<CanonicalAddress> endpoints,
    Optional<NodeKey> publicKey,
    String group,
    int weight,
    long validUntil,
    long updated,
    Optional<String> user) {
  public static final int ENDPOINTS_MAX = 16;
  public static final int WEIGHT_MAX = 65_535;
  private static final Pattern ID = Pattern.compile("0x[0-9a-f]{64}");

  public Entry {
    if (!ID.matcher(id).matches()) {
      throw new IllegalArgumentException("id: " + id + " (expected: 0x and 64 hex digits)");
    }
    if (weight < 1 || weight > WEIGHT_MAX) {
      throw new IllegalArgumentException("weight: " + weight + " (expected: 1-65535)");
    }
    endpoints = List.copyOf(endpoints);
  }

  /** An active entry with nothing but endpoints, of every role. */
  public static Entry of(List<CanonicalAddress> endpoints) {
    return new Entry(
        idOf(endpoints.getFirst().text()),
        Optional.empty(),
        Role.ALL,
        Status.ACTIVE,
        endpoints,
        Optional.empty(),
        "",
        1,
        0,
        0,
        Optional.empty());
  }

  /** The advised id of what has none of its own: Keccak-256 of its first endpoint's text. */
  public static String idOf(String text) {
    return "0x"
        + java.util.HexFormat.of()
            .formatHex(Keccak256.digest(text.getBytes(java.nio.charset.StandardCharsets.UTF_8)));
  }

  /** Whether it has one of the roles of {@code mask}. */
  public boolean hasRole(int mask) {
    return (roles & mask) != 0;
  }

  /** Whether its time is over. */
  public boolean expiredAt(long unixSeconds) {
    return validUntil != 0 && validUntil <= unixSeconds;
  }

  /** The same with another status. */
  public Entry with(Status next) {
    return new Entry(
        id, operator, roles, next, endpoints, publicKey, group, weight, validUntil, updated, user);
  }
}
