package io.fairlead.registry.source;

import io.fairlead.core.identity.NodeKey;
import io.fairlead.registry.model.AddressParser;
import io.fairlead.registry.model.BadAddressException;
import io.fairlead.registry.model.CanonicalAddress;
import io.fairlead.registry.model.Entry;
import io.fairlead.registry.model.Role;
import io.fairlead.registry.model.Snapshot;
import io.fairlead.registry.model.Status;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Makes entries of plain trees: maps, lists, text, numbers. An item that cannot be read is dropped
 * and counted; a revocation with bad fields still revokes by its id. One object reads one list.
 *
 * <p>An item is an endpoint as text, or a map with {@code id, operator, roles, status, endpoints,
 * public_key, group, weight, valid_until, user}; one of {@code endpoints}, {@code public_key} and
 * {@code user} is needed, other members are ignored.
 */
public final class EntryReader {
  private static final Pattern ID = Pattern.compile("0x[0-9a-f]{64}");
  private static final int GROUP_MAX = 64;
  private static final int USER_MAX = 256;

  private final AddressParser addresses;
  private final boolean users;
  private final Map<String, Entry> entries = new LinkedHashMap<>();
  private final List<String> warnings = new ArrayList<>();
  private int invalid;

  /**
   * @param users whether an item may name an account of a users file; only the operator's own lists
   *     may
   */
  public EntryReader(AddressParser addresses, boolean users) {
    this.addresses = addresses;
    this.users = users;
  }

  /** Entries and endpoints that were dropped. */
  public int invalid() {
    return invalid;
  }

  /** What was dropped and why, the first few. */
  public List<String> warnings() {
    return warnings;
  }

  /** The entries read so far, each id once: the first one counts. */
  public List<Entry> entries() {
    return List.copyOf(entries.values());
  }

  /**
   * Reads a whole list.
   *
   * @throws SourceException it is no list, or longer than a list may be
   */
  public void list(@Nullable Object tree) throws SourceException {
    if (!(tree instanceof List<?> items)) {
      throw new SourceException(SourceException.Reason.MALFORMED, "a list is expected");
    }
    if (items.size() > Snapshot.ENTRIES_MAX) {
      throw new SourceException(
          SourceException.Reason.TOO_LARGE,
          items.size() + " entries, " + Snapshot.ENTRIES_MAX + " may be");
    }
    int index = 0;
    for (Object item : items) item(item, index++);
  }

  /** Reads one item. */
  public void item(@Nullable Object item, int index) {
    Optional<Entry> entry =
        switch (item) {
          case String text -> endpoint(text);
          case Map<?, ?> members -> entry(members, index);
          case null -> dropped("item " + index + " is empty");
          default -> dropped("item " + index + " is neither text nor a map");
        };
    entry.ifPresent(
        read -> {
          Entry before = entries.putIfAbsent(read.id(), read);
          if (before == null) return;
          // A revocation is stronger than whatever else the list says of that id.
          if (read.status() == Status.REVOKED) entries.put(read.id(), read);
          if (!before.equals(read)) drop("item " + index + " repeats the id " + read.id());
        });
  }

  private Optional<Entry> endpoint(String text) {
    try {
      return Optional.of(Entry.of(addresses.node(text)));
    } catch (BadAddressException bad) {
      return dropped(bad.getMessage());
    }
  }

  private Optional<Entry> entry(Map<?, ?> members, int index) {
    String where = "item " + index;
    Optional<String> id = text(members, "id").map(text -> text.toLowerCase(Locale.ROOT));
    if (id.isPresent() && !ID.matcher(id.get()).matches()) {
      return dropped(where + ": id is not 0x and 64 hex digits");
    }
    Optional<Status> status = status(members.get("status"));
    boolean revoked = status.isPresent() && status.get() == Status.REVOKED;
    try {
      if (status.isEmpty()) throw new IllegalArgumentException("status is not known");
      List<CanonicalAddress> endpoints = endpoints(members.get("endpoints"), where);
      Optional<NodeKey> key = key(members, endpoints, where);
      Optional<String> user = text(members, "user").filter(_ -> users);
      if (user.isPresent() && user.get().length() > USER_MAX) {
        throw new IllegalArgumentException("user is longer than " + USER_MAX);
      }
      String own = id.orElse(derivedId(endpoints, key, user).orElse(""));
      if (own.isEmpty()) {
        throw new IllegalArgumentException("one of endpoints, public_key is needed");
      }
      String group = text(members, "group").orElse("");
      if (group.length() > GROUP_MAX) {
        throw new IllegalArgumentException("group is longer than " + GROUP_MAX);
      }
      long weight = number(members, "weight", 0, Entry.WEIGHT_MAX);
      return Optional.of(
          new Entry(
              own,
              text(members, "operator"),
              roles(members.get("roles")),
              status.get(),
              endpoints,
              key,
              group,
              weight == 0 ? 1 : (int) weight,
              number(members, "valid_until", 0, Long.MAX_VALUE),
              number(members, "updated", 0, Long.MAX_VALUE),
              user));
    } catch (IllegalArgumentException bad) {
      drop(where + ": " + bad.getMessage());
      return revoked ? id.map(EntryReader::tombstone) : Optional.empty();
    }
  }

  private static Entry tombstone(String id) {
    return new Entry(
        id,
        Optional.empty(),
        Role.ALL,
        Status.REVOKED,
        List.of(),
        Optional.empty(),
        "",
        1,
        0,
        0,
        Optional.empty());
  }

  private static Optional<String> derivedId(
      List<CanonicalAddress> endpoints, Optional<NodeKey> key, Optional<String> user) {
    if (!endpoints.isEmpty()) return Optional.of(Entry.idOf(endpoints.getFirst().text()));
    if (key.isPresent()) {
      byte[] digest = io.fairlead.registry.model.Keccak256.digest(key.get().multicodec());
      return Optional.of("0x" + java.util.HexFormat.of().formatHex(digest));
    }
    return user.map(name -> Entry.idOf("user:" + name));
  }

  private static Optional<Status> status(@Nullable Object value) {
    return switch (value) {
      case null -> Optional.of(Status.ACTIVE);
      case String word -> Status.of(word);
      case Number code -> Status.of(code.intValue());
      default -> Optional.empty();
    };
  }

  private List<CanonicalAddress> endpoints(@Nullable Object value, String where) {
    if (value == null) return List.of();
    List<?> texts = value instanceof List<?> list ? list : List.of(value);
    if (texts.size() > Entry.ENDPOINTS_MAX) {
      throw new IllegalArgumentException("more than " + Entry.ENDPOINTS_MAX + " endpoints");
    }
    Map<String, CanonicalAddress> found = new LinkedHashMap<>();
    boolean bad = false;
    for (Object text : texts) {
      try {
        for (CanonicalAddress address : addresses.node(String.valueOf(text))) {
          found.putIfAbsent(address.text(), address);
        }
      } catch (BadAddressException refused) {
        bad = true;
        drop(where + ": " + refused.getMessage());
      }
    }
    if (found.size() > Entry.ENDPOINTS_MAX) {
      throw new IllegalArgumentException("more than " + Entry.ENDPOINTS_MAX + " endpoints");
    }
    if (bad && found.isEmpty()) throw new IllegalArgumentException("no endpoint is usable");
    return List.copyOf(found.values());
  }

  private Optional<NodeKey> key(Map<?, ?> members, List<CanonicalAddress> endpoints, String where) {
    Optional<String> text = text(members, "public_key");
    if (text.isPresent()) {
      Optional<NodeKey> key = NodeKey.parse(text.get());
      if (key.isEmpty()) drop(where + ": UNUSABLE_KEY: public_key is no Ed25519 key");
      if (key.isEmpty() && endpoints.isEmpty() && text(members, "user").isEmpty()) {
        throw new IllegalArgumentException("nothing in it is usable");
      }
      return key;
    }
    Map<String, NodeKey> named = new HashMap<>();
    for (CanonicalAddress address : endpoints) {
      if (address.peerId().isEmpty()) continue;
      Optional<NodeKey> key = NodeKey.parse(address.peerId().get());
      if (key.isEmpty()) return Optional.empty();
      named.put(key.get().hex(), key.get());
    }
    return named.size() == 1 ? Optional.of(named.values().iterator().next()) : Optional.empty();
  }

  private static int roles(@Nullable Object value) {
    return switch (value) {
      case null -> Role.ALL;
      case Number mask -> {
        int bits = mask.intValue();
        if (bits < 1 || (bits & ~Role.ALL) != 0) {
          throw new IllegalArgumentException("roles: " + bits + " (expected: 1-" + Role.ALL + ")");
        }
        yield bits;
      }
      case List<?> words -> {
        int bits = 0;
        for (Object word : words) {
          bits |=
              Role.of(String.valueOf(word))
                  .orElseThrow(() -> new IllegalArgumentException("role is not known: " + word))
                  .bit();
        }
        if (bits == 0) throw new IllegalArgumentException("roles: none");
        yield bits;
      }
      default -> throw new IllegalArgumentException("roles are neither words nor a number");
    };
  }

  private static Optional<String> text(Map<?, ?> members, String name) {
    return members.get(name) instanceof String text && !text.isEmpty()
        ? Optional.of(text)
        : Optional.empty();
  }

  private static long number(Map<?, ?> members, String name, long min, long max) {
    Object value = members.get(name);
    if (value == null) return 0;
    if (value instanceof Integer || value instanceof Long) {
      long number = ((Number) value).longValue();
      if (number >= min && number <= max) return number;
    }
    throw new IllegalArgumentException(name + " is not a number of " + min + "-" + max);
  }

  private Optional<Entry> dropped(String why) {
    drop(why);
    return Optional.empty();
  }

  private void drop(String why) {
    invalid++;
    if (warnings.size() < Snapshot.WARNINGS_MAX) {
      warnings.add(why.length() > 200 ? why.substring(0, 200) + "…" : why);
    }
  }
}
