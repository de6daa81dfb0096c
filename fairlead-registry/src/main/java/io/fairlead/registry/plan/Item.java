package io.fairlead.registry.plan;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.model.CanonicalAddress;
import io.fairlead.registry.model.Snapshot;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * One line of a target's list: a node by its addresses, or a member by its entry id.
 *
 * @param text as it is written there; canonical when nobody wrote it
 * @param keys what two lists are compared by, at least one, see {@link Keys}
 * @param entry the entry behind it, when it is known
 * @param standing {@code ACTIVE}, or {@code DRAINING}: no new work
 * @param weight 1–65535
 * @param publicKey of a member, when it has one
 * @param user account of a users file a member stands for
 * @param guarded whether a name in it may only resolve to public addresses
 */
public record Item(
    String text,
    List<String> keys,
    Optional<EntryId> entry,
    Standing standing,
    int weight,
    String group,
    Optional<NodeKey> publicKey,
    Optional<String> user,
    boolean guarded) {
  public Item {
    keys = List.copyOf(keys);
    if (keys.isEmpty()) throw new IllegalArgumentException("item: " + text + " (without a key)");
  }

  /** A line without attributes, as it stands in a file. */
  public static Item plain(String text, List<CanonicalAddress> addresses) {
    return new Item(
        text,
        addresses.stream().map(Keys::of).toList(),
        Optional.empty(),
        Standing.ACTIVE,
        1,
        "",
        Optional.empty(),
        Optional.empty(),
        false);
  }

  /** The same line with nothing but its text, keys and entry. */
  public Item bare() {
    return new Item(
        text, keys, entry, Standing.ACTIVE, 1, "", Optional.empty(), Optional.empty(), false);
  }

  public Item with(Standing next) {
    return new Item(text, keys, entry, next, weight, group, publicKey, user, guarded);
  }

  public Item with(String nextText, List<String> nextKeys) {
    return new Item(nextText, nextKeys, entry, standing, weight, group, publicKey, user, guarded);
  }

  /** Whether another line says the same about the same keys. */
  public boolean sameAs(Item other) {
    return keys.equals(other.keys) && attributes().equals(other.attributes());
  }

  String attributes() {
    // The key in hex: its peer id costs more than all the rest.
    String key = publicKey.map(NodeKey::hex).orElse("");
    return standing + "|" + weight + "|" + group + "|" + key + "|" + user + "|" + guarded;
  }

  /** SHA-256 of a list: the order counts, the entries behind the lines do not. */
  public static String digest(List<Item> items) {
    MessageDigest sha = Snapshot.sha256();
    for (Item item : items) {
      sha.update(
          (item.text + "|" + item.keys + "|" + item.attributes() + "\n")
              .getBytes(StandardCharsets.UTF_8));
    }
    return HexFormat.of().formatHex(sha.digest());
  }
}
