package io.fairlead.registry.model;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;

/**
 * The complete list of one source at one position; there is no partial one.
 *
 * @param source name of the source
 * @param entries each id once
 * @param invalid entries and endpoints that were dropped because they could not be read
 * @param warnings what was dropped and why, at most {@value #WARNINGS_MAX}
 * @param origins by entry id, also of entries that left: what changed them last, where that is
 *     known
 */
public record Snapshot(
    String source,
    Position position,
    List<Entry> entries,
    int invalid,
    List<String> warnings,
    Instant observedAt,
    Map<String, Origin> origins) {
  public static final int ENTRIES_MAX = 10_000;
  public static final int BYTES_MAX = 4 * 1024 * 1024;
  public static final int WARNINGS_MAX = 20;

  public Snapshot {
    if (entries.size() > ENTRIES_MAX) {
      throw new IllegalArgumentException(
          "entries: " + entries.size() + " (expected: <= " + ENTRIES_MAX + ")");
    }
    entries = List.copyOf(entries);
    warnings = List.copyOf(warnings);
    origins = Map.copyOf(origins);
  }

  /** A list of a source without transactions. */
  public Snapshot(
      String source,
      Position position,
      List<Entry> entries,
      int invalid,
      List<String> warnings,
      Instant observedAt) {
    this(source, position, entries, invalid, warnings, observedAt, Map.of());
  }

  /** The same list, seen again. */
  public Snapshot seenAgain(Position position, Instant at) {
    return new Snapshot(source, position, entries, invalid, warnings, at, origins);
  }

  /** SHA-256 over the entries in order of id; equal for equal lists, however they were written. */
  public String contentDigest() {
    MessageDigest sha = sha256();
    entries.stream()
        .sorted(java.util.Comparator.comparing(Entry::id))
        .forEach(entry -> sha.update((entry + "\n").getBytes(StandardCharsets.UTF_8)));
    return HexFormat.of().formatHex(sha.digest());
  }

  /** A fresh SHA-256. */
  public static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("SHA-256", impossible);
    }
  }

  /** SHA-256 of bytes in hex. */
  public static String sha256(byte[] bytes) {
    return HexFormat.of().formatHex(sha256().digest(bytes));
  }
}
