package io.fairlead.core.config;

import io.fairlead.core.config.Node.Entry;
import io.fairlead.core.config.Node.Mapping;
import io.fairlead.core.config.Node.Scalar;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Ids of named objects in certain sections. Looks the id up in the document, read or not yet. */
final class ReferenceType extends ScalarType<Reference> {
  private static final int NAMED_MAX = 10;

  private final List<String> sections;

  ReferenceType(List<String> sections) {
    if (sections.isEmpty()) throw new IllegalArgumentException("sections: none");
    this.sections = List.copyOf(sections);
  }

  @Override
  Outcome<Reference> parse(Scalar scalar, ReadContext context) {
    String id = scalar.text();
    List<String> known = new ArrayList<>();
    for (String section : sections) {
      Set<String> ids = context.idsUnder(section);
      if (ids.contains(id)) return new Outcome.Good<>(new Reference(section, id));
      known.addAll(ids);
    }
    String where = String.join(" or ", sections);
    for (Entry entry : context.root().entries()) {
      String section = entry.key().text();
      boolean elsewhere =
          entry.value() instanceof Mapping named
              && named.entry(id).isPresent()
              && context.namesObjects(section);
      if (elsewhere) {
        return new Outcome.Bad<>(
            Codes.WRONG_KIND,
            "is under `" + section + "`; expected an id under " + where,
            ids(id, known));
      }
    }
    return new Outcome.Bad<>(Codes.DANGLING, "is not defined under " + where, ids(id, known));
  }

  private static String ids(String id, List<String> known) {
    if (known.isEmpty()) return "nothing is defined there";
    List<String> nearest = Spelling.byNearness(id, known);
    String guess =
        Spelling.nearest(id, known).map(near -> "did you mean `" + near + "`? ").orElse("");
    String more = nearest.size() > NAMED_MAX ? ", …" : "";
    return guess
        + "defined: "
        + String.join(", ", nearest.subList(0, Math.min(NAMED_MAX, nearest.size())))
        + more;
  }

  @Override
  Map<String, Object> schema() {
    return Tree.map("type", "string", "minLength", 1L, "x-reference", sections);
  }

  @Override
  public String describe() {
    return "the id of an object under " + String.join(" or ", sections);
  }

  @Override
  public Object print(Reference value) {
    return value.id();
  }
}
