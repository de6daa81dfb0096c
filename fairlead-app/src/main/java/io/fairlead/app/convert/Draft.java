package io.fairlead.app.convert;

import io.fairlead.core.config.Code;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.YamlWriter;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The configuration that is being written, section by section, and the remarks on the way. Used by
 * one thread.
 */
final class Draft {
  /** More remarks than anybody reads. */
  private static final int REMARKS_MAX = 1000;

  private static final int ID_LENGTH_MAX = 60;

  private final Map<String, Object> sections = new LinkedHashMap<>();
  private final List<Problem> remarks = new ArrayList<>();

  Draft() {
    sections.put("version", 1L);
  }

  /** A section of the top level, made when it is first asked for. */
  Map<String, Object> section(String name) {
    return below(sections, name);
  }

  /** A mapping below another, made when it is first asked for. */
  @SuppressWarnings("unchecked") // only this class and its users put mappings there
  static Map<String, Object> below(Map<String, Object> parent, String key) {
    return (Map<String, Object>) parent.computeIfAbsent(key, _ -> new LinkedHashMap<>());
  }

  /** What is not converted. */
  void leftOut(Place at, String what) {
    remark(ConvertCodes.LEFT_OUT, at, what);
  }

  /** What means something else now. */
  void otherwise(Place at, String what) {
    remark(ConvertCodes.OTHERWISE, at, what);
  }

  private void remark(Code code, Place at, String message) {
    if (remarks.size() >= REMARKS_MAX) return;
    Problem remark =
        new Problem(
            Problem.Severity.WARNING,
            code.toString(),
            "",
            new Problem.Place(at.file(), at.line(), at.column(), 1),
            message,
            "",
            List.of());
    if (!remarks.contains(remark)) remarks.add(remark);
  }

  /** An id made of a name, that no key of the section has. */
  static String freeId(Map<String, Object> section, String name) {
    String base = id(name);
    String id = base;
    for (int i = 2; section.containsKey(id); i++) id = base + "_" + i;
    return id;
  }

  /** A name as an id: lower case, digits, {@code _} and {@code -}. */
  static String id(String name) {
    String plain =
        name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]+", "_").replaceAll("^_+|_+$", "");
    if (plain.isEmpty()) return "x";
    return plain.length() > ID_LENGTH_MAX ? plain.substring(0, ID_LENGTH_MAX) : plain;
  }

  Conversion done() {
    Map<String, Object> whole = new LinkedHashMap<>(sections);
    whole.values().removeIf(value -> value instanceof Map<?, ?> map && map.isEmpty());
    return new Conversion(YamlWriter.write(whole), remarks);
  }
}
