package io.fairlead.http.route;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.Fields;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Changes an operator wants to the fields of a head, made in the order remove, set, default, add.
 *
 * @param remove lower-case names to leave out
 * @param set fields that replace all of their name
 * @param defaults fields added when none of their name is there
 * @param add fields added after the others
 */
public record FieldRules(List<String> remove, List<Rule> set, List<Rule> defaults, List<Rule> add) {
  public static final FieldRules NONE = new FieldRules(List.of(), List.of(), List.of(), List.of());

  private static final Set<String> FRAMING =
      Set.of(
          "connection",
          "content-length",
          "transfer-encoding",
          "upgrade",
          "te",
          "trailer",
          "keep-alive",
          "proxy-connection");

  /** One field to write. */
  public record Rule(String name, Template value) {
    FieldEdits.Field rendered(RequestFacts facts) {
      return new FieldEdits.Field(name, value.render(facts));
    }
  }

  public FieldRules {
    remove = remove.stream().map(name -> name.toLowerCase(Locale.ROOT)).toList();
    set = List.copyOf(set);
    defaults = List.copyOf(defaults);
    add = List.copyOf(add);
  }

  /**
   * Adds the changes to {@code edits}.
   *
   * @param original the head as received
   * @throws IllegalArgumentException a rendered value holds a control character
   */
  public void apply(Fields original, FieldEdits edits, RequestFacts facts) {
    for (int i = 0; i < remove.size(); i++) edits.purge(remove.get(i));
    for (int i = 0; i < set.size(); i++) {
      edits.set(set.get(i).name(), set.get(i).value().render(facts));
    }
    for (int i = 0; i < defaults.size(); i++) {
      Rule rule = defaults.get(i);
      if (!present(rule.name(), original, edits))
        edits.add(rule.name(), rule.value().render(facts));
    }
    for (int i = 0; i < add.size(); i++) {
      edits.add(add.get(i).name(), add.get(i).value().render(facts));
    }
  }

  /**
   * Makes the changes to a response of our own.
   *
   * @param fields its fields; changed in place
   */
  public void applyTo(List<FieldEdits.Field> fields, RequestFacts facts) {
    for (String name : remove) fields.removeIf(field -> field.name().equalsIgnoreCase(name));
    for (Rule rule : set) {
      fields.removeIf(field -> field.name().equalsIgnoreCase(rule.name()));
      fields.add(rule.rendered(facts));
    }
    for (Rule rule : defaults) {
      if (fields.stream().noneMatch(field -> field.name().equalsIgnoreCase(rule.name()))) {
        fields.add(rule.rendered(facts));
      }
    }
    for (Rule rule : add) fields.add(rule.rendered(facts));
  }

  /** The same answer with the changes made. */
  public Answer applyTo(Answer answer, RequestFacts facts) {
    if (none()) return answer;
    List<FieldEdits.Field> fields = new ArrayList<>(answer.fields());
    applyTo(fields, facts);
    return new Answer(
        answer.status(),
        answer.errorCode(),
        answer.message(),
        answer.hint(),
        answer.contentType(),
        answer.body(),
        fields,
        answer.close());
  }

  /**
   * These rules and more specific ones together: a removal there undoes what is written here, a
   * field set there is the one that counts.
   */
  public FieldRules refinedBy(FieldRules specific) {
    if (specific.none()) return this;
    List<String> removed = new ArrayList<>(remove);
    removed.addAll(specific.remove);
    return new FieldRules(
        removed,
        joined(without(specific.remove, set), specific.set),
        joined(specific.defaults, without(specific.remove, defaults)),
        joined(without(specific.remove, add), specific.add));
  }

  private static List<Rule> without(List<String> names, List<Rule> rules) {
    return rules.stream()
        .filter(rule -> !names.contains(rule.name().toLowerCase(Locale.ROOT)))
        .toList();
  }

  private static List<Rule> joined(List<Rule> first, List<Rule> second) {
    List<Rule> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }

  /** Whether there is nothing to do. */
  public boolean none() {
    return remove.isEmpty() && set.isEmpty() && defaults.isEmpty() && add.isEmpty();
  }

  /** Whether a rule may name that field: a token that does not frame messages. */
  public static boolean mayName(String name) {
    if (name.isEmpty()) return false;
    for (int i = 0; i < name.length(); i++) {
      if (!tokenCharacter(name.charAt(i))) return false;
    }
    return !FRAMING.contains(name.toLowerCase(Locale.ROOT));
  }

  private static boolean present(String name, Fields original, FieldEdits edits) {
    for (FieldEdits.Field field : edits.added()) {
      if (field.name().equalsIgnoreCase(name)) return true;
    }
    String lower = name.toLowerCase(Locale.ROOT);
    if (edits.dropped().contains(lower)) return false;
    for (int i = 0; i < original.size(); i++) {
      if (original.nameIs(i, lower)) return true;
    }
    return false;
  }

  /** RFC 9110 §5.6.2. */
  static boolean tokenCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || "!#$%&'*+-.^_`|~".indexOf(c) >= 0;
  }
}
