package io.fairlead.net.http;

import io.fairlead.net.http.codec.HeadWriter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Changes to make to a head while it is written out anew: drops first, then additions in order.
 * Hop-by-hop and framing fields are dropped by the writer itself and need no edit. Reusable after
 * {@link #clear}; confined to one event loop. Values with CR, LF or NUL are refused with {@link
 * IllegalArgumentException}.
 */
public final class FieldEdits {
  /** One field to add. */
  public record Field(String name, String value) {
    /** Whether the writer sets such a field itself and ignores this one. */
    boolean framing() {
      return FieldEdits.framing(name);
    }
  }

  // Room for what a reverse proxy does to every request.
  private static final int DROPPED = 10;
  private static final int ADDED = 8;

  private final List<String> dropped = new ArrayList<>(DROPPED);
  private String[] added = empty(); // name, value, name, value…: no object for each
  private int at;

  /** Leaves out every field of that name. */
  public FieldEdits drop(String name) {
    dropped.add(name.toLowerCase(Locale.ROOT));
    return this;
  }

  /** Leaves out every field of those names. */
  public FieldEdits dropAll(List<String> lowerCaseNames) {
    dropped.addAll(lowerCaseNames);
    return this;
  }

  /** Leaves out every field of that name, those added so far included. */
  public FieldEdits purge(String name) {
    remove(name);
    return drop(name);
  }

  /** Replaces every field of that name by one. */
  public FieldEdits set(String name, String value) {
    String lower = name.toLowerCase(Locale.ROOT);
    dropped.add(lower);
    remove(lower);
    return append(name, value);
  }

  /** Adds one field after the others. */
  public FieldEdits add(String name, String value) {
    return append(name, value);
  }

  /** Lower-case names to leave out. */
  public List<String> dropped() {
    return dropped;
  }

  /** A copy, in order; for who writes them one after the other there is {@link #size}. */
  public List<Field> added() {
    List<Field> fields = new ArrayList<>(size());
    for (int i = 0; i < size(); i++) fields.add(new Field(name(i), value(i)));
    return fields;
  }

  /** Fields added. */
  public int size() {
    return at / 2;
  }

  /** Name of an added field. */
  public String name(int index) {
    return added[2 * index];
  }

  /** Its value. */
  public String value(int index) {
    return added[2 * index + 1];
  }

  public FieldEdits clear() {
    dropped.clear();
    Arrays.fill(added, 0, at, ""); // holds on to nothing of a request that is over
    at = 0;
    return this;
  }

  /** Writes what was added, except what the writer sets itself. */
  void write(HeadWriter writer) {
    for (int i = 0; i < at; i += 2) {
      if (!framing(added[i])) writer.field(added[i], added[i + 1]);
    }
  }

  /** Writes fields one after the other, except what the writer sets itself. */
  static void write(List<Field> fields, HeadWriter writer) {
    for (int i = 0; i < fields.size(); i++) {
      Field field = fields.get(i);
      if (!field.framing()) writer.field(field.name(), field.value());
    }
  }

  private FieldEdits append(String name, String value) {
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      if (c == '\r' || c == '\n' || c == 0) {
        throw new IllegalArgumentException("field " + name + ": control character in value");
      }
    }
    if (at == added.length) {
      added = Arrays.copyOf(added, 2 * at);
      Arrays.fill(added, at, added.length, "");
    }
    added[at++] = name;
    added[at++] = value;
    return this;
  }

  private void remove(String name) {
    int kept = 0;
    for (int i = 0; i < at; i += 2) {
      if (added[i].equalsIgnoreCase(name)) continue;
      added[kept++] = added[i];
      added[kept++] = added[i + 1];
    }
    Arrays.fill(added, kept, at, "");
    at = kept;
  }

  private static String[] empty() {
    String[] none = new String[2 * ADDED];
    Arrays.fill(none, "");
    return none;
  }

  /** Whether the writer sets such a field itself. */
  static boolean framing(String name) {
    return switch (name.length()) {
      case 7 -> name.equalsIgnoreCase("upgrade");
      case 10 -> name.equalsIgnoreCase("connection") || name.equalsIgnoreCase("keep-alive");
      case 14 -> name.equalsIgnoreCase("content-length");
      case 17 -> name.equalsIgnoreCase("transfer-encoding");
      default -> false;
    };
  }
}
