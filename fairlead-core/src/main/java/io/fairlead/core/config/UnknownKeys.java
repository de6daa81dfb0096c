package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import io.fairlead.core.config.Problem.Severity;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Reports keys a record does not know, with the best guess at what was meant. */
final class UnknownKeys {
  private static final Pattern SECRET_WORD =
      Pattern.compile("(?i).*(secret|token|passw|credential|key|pwd).*");

  private UnknownKeys() {}

  static void report(
      RecordType<?> record,
      Map<String, String> renamed,
      Mapping mapping,
      ReadContext context,
      Set<String> others) {
    Set<String> known = new HashSet<>(record.keys());
    for (Entry entry : mapping.entries()) {
      String key = entry.key().text();
      if (known.contains(key) || others.contains(key)) continue;
      if (key.startsWith("x-")) {
        hideSecrets(entry, context);
        continue;
      }
      ReadContext below = context.child(key, entry.key().span());
      String newName = renamed.get(key);
      if (newName != null) {
        renamed(key, newName, mapping, below, entry);
      } else {
        unknown(record, key, mapping, context, below, entry, others);
      }
    }
  }

  private static void renamed(
      String key, String newName, Mapping mapping, ReadContext below, Entry entry) {
    boolean both = mapping.entry(newName).isPresent();
    below.note(
        both ? Severity.ERROR : Severity.WARNING,
        entry.key().span(),
        below.path(),
        both ? Codes.DUPLICATE : Codes.RENAMED,
        both
            ? "`" + key + "` is the old name of `" + newName + "`, and both are written"
            : "`" + key + "` is now `" + newName + "`",
        both ? "remove `" + key + "`" : "rename it",
        List.of());
  }

  private static void unknown(
      RecordType<?> record,
      String key,
      Mapping mapping,
      ReadContext context,
      ReadContext below,
      Entry entry,
      Set<String> others) {
    List<String> allowed = new ArrayList<>(others);
    allowed.addAll(record.keys());
    List<String> free =
        allowed.stream().filter(candidate -> mapping.entry(candidate).isEmpty()).toList();
    boolean crowded = context.problems().crowded();
    Optional<String> guess =
        crowded
            ? Optional.empty()
            : Spelling.nearest(key, free)
                // A key present in its right form too: still what was meant.
                .or(() -> crowded ? Optional.empty() : Spelling.nearest(key, allowed));
    // Where nothing else was meant, a secret may have been: an account one level too high.
    Optional<? extends Field<?>> meant = guess.flatMap(record::field);
    boolean secret =
        meant
            .map(field -> SecretKeys.secret(field.type()))
            .orElseGet(
                () -> record.fields().stream().anyMatch(field -> SecretKeys.secret(field.type())));
    if (secret) below.hide(entry.value());
    hideSecrets(entry, below);
    below.note(
        Severity.ERROR,
        entry.key().span(),
        below.path(),
        Codes.UNKNOWN_KEY,
        "unknown key `" + Literals.shorten(key) + "`" + RecordType.in(context),
        crowded ? "" : hint(record, key, guess, allowed, context),
        List.of("allowed here: " + String.join(", ", allowed)));
  }

  private static String hint(
      RecordType<?> record,
      String key,
      Optional<String> guess,
      List<String> allowed,
      ReadContext context) {
    if (key.equals("<<")) return "merge keys are not part of YAML 1.2; write the keys out";
    boolean sure = guess.isPresent() && Spelling.distance(guess.get(), key) <= 1;
    Optional<String> misplaced = misplaced(record, key, context);
    if (!sure && misplaced.isPresent()) return misplaced.get();
    if (guess.isPresent()) return "did you mean `" + guess.get() + "`?";
    if (context.rootType().isEmpty()) return "";
    Map<String, String> everywhere = keysOf(context.rootType().get());
    return Spelling.nearest(key, everywhere.keySet())
        .map(near -> "`" + near + "` exists " + placeName(everywhere.getOrDefault(near, "")))
        .orElse("");
  }

  /** The key exactly as written, but one level down, in a record above, or somewhere else. */
  private static Optional<String> misplaced(RecordType<?> record, String key, ReadContext context) {
    for (Field<?> field : record.fields()) {
      if (field.type().shape() instanceof Shape.Keys(RecordType<?> below)
          && below.field(key).isPresent()) {
        return Optional.of("`" + key + "` belongs under `" + field.key() + "`");
      }
    }
    if (context.rootType().isEmpty()) return Optional.empty();
    RecordType<?> root = context.rootType().get();
    List<String> above = new ArrayList<>(context.segments());
    while (!above.isEmpty()) {
      above.removeLast();
      boolean known =
          DefinitionWalk.find(root, above).stream()
              .anyMatch(
                  type ->
                      type.shape() instanceof Shape.Keys(RecordType<?> there)
                          && there.field(key).isPresent());
      if (known) {
        String where = above.isEmpty() ? "at the top level" : "in " + String.join(".", above);
        return Optional.of("`" + key + "` belongs " + where + ": check the indentation");
      }
    }
    String elsewhere = keysOf(root).get(key);
    return elsewhere == null
        ? Optional.empty()
        : Optional.of("`" + key + "` exists " + placeName(elsewhere));
  }

  private static String placeName(String path) {
    return path.isEmpty() ? "at the top level" : "under `" + path + "`";
  }

  /** Each key of the whole definition with the shallowest place it has. */
  private static Map<String, String> keysOf(RecordType<?> root) {
    Map<String, String> places = new LinkedHashMap<>();
    DefinitionWalk.each(
        root,
        (path, field) ->
            places.merge(
                field.key(),
                String.join(".", path),
                (first, second) -> depth(second) < depth(first) ? second : first));
    return places;
  }

  private static long depth(String path) {
    return path.isEmpty() ? 0 : path.chars().filter(c -> c == '.').count() + 1;
  }

  /** A value under a key nobody knows may be a secret all the same: judged by the name. */
  private static void hideSecrets(Entry entry, ReadContext context) {
    if (SECRET_WORD.matcher(entry.key().text()).matches()) {
      context.hide(entry.value());
      return;
    }
    switch (entry.value()) {
      case Mapping mapping -> mapping.entries().forEach(below -> hideSecrets(below, context));
      case Node.Sequence sequence ->
          sequence.items().stream()
              .filter(Mapping.class::isInstance)
              .flatMap(item -> ((Mapping) item).entries().stream())
              .forEach(below -> hideSecrets(below, context));
      case Scalar scalar when scalar.tainted() -> context.hide(scalar);
      case Scalar _ -> {}
    }
  }
}
