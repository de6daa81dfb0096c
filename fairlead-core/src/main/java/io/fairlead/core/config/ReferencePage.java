package io.fairlead.core.config;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The reference of a definition as Markdown: one section per record, one row per key. */
public final class ReferencePage {
  private ReferencePage() {}

  /** The page; deterministic. */
  public static String of(RecordType<?> root) {
    Map<RecordType<?>, List<List<String>>> places = new LinkedHashMap<>();
    places.put(root, new ArrayList<>(List.of(List.of())));
    DefinitionWalk.records(
        root,
        (path, record) -> {
          List<List<String>> known = places.computeIfAbsent(record, _ -> new ArrayList<>());
          if (!known.contains(path)) known.add(path);
        });
    StringBuilder page = new StringBuilder("# Configuration reference\n");
    places.forEach((record, paths) -> section(root, record, paths, page));
    return page.toString();
  }

  private static void section(
      RecordType<?> root, RecordType<?> record, List<List<String>> paths, StringBuilder page) {
    page.append("\n## ").append(record.name()).append("\n\n").append(cell(record.doc()));
    List<String> named =
        paths.stream()
            .filter(path -> !path.isEmpty())
            .map(path -> "`" + String.join(".", path).replace(".[]", "[]") + "`")
            .toList();
    if (!named.isEmpty()) page.append(" At ").append(String.join(", ", named)).append('.');
    page.append("\n\n| Key | Value | Default | Reload | What |\n|---|---|---|---|---|\n");
    List<String> place = paths.getFirst();
    for (Field<?> field : record.fields()) {
      ReloadClass reload = ReloadWords.at(root, DefinitionWalk.plus(place, field.key()));
      page.append("| `")
          .append(field.key())
          .append("` | ")
          .append(cell(field.type().describe()))
          .append(" | ")
          .append(defaultCell(field))
          .append(" | ")
          .append(ReloadWords.of(Optional.of(reload)))
          .append(" | ")
          .append(cell(field.doc()))
          .append(field.example().map(text -> " Example: `" + cell(text) + "`.").orElse(""))
          .append(field.since().isEmpty() ? "" : " Since " + field.since() + ".")
          .append(" |\n");
    }
    record
        .renamed()
        .forEach(
            (oldName, newName) ->
                page.append("\n`")
                    .append(oldName)
                    .append("` is the old name of `")
                    .append(newName)
                    .append("`.\n"));
  }

  private static String defaultCell(Field<?> field) {
    return switch (field.presence()) {
      case REQUIRED -> "required";
      case OPTIONAL -> "–";
      case DEFAULTED ->
          field.type().shape() instanceof Shape.Keys
              ? Explain.defaultOf(field)
              : "`" + cell(Explain.defaultOf(field)) + "`";
    };
  }

  private static String cell(String text) {
    return text.replace("|", "\\|").replace("\n", " ");
  }
}
