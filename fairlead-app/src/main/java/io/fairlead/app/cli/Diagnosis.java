package io.fairlead.app.cli;

import io.fairlead.core.config.Problem;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Problems as scripts read them: JSON objects and SARIF 2.1.0. */
final class Diagnosis {
  private Diagnosis() {}

  /** "2 errors, 1 warning". */
  static String count(List<Problem> problems) {
    long errors = problems.stream().filter(p -> p.severity() == Problem.Severity.ERROR).count();
    long warnings = problems.size() - errors;
    if (errors == 0 && warnings == 0) return "valid";
    String first = errors == 0 ? "" : errors == 1 ? "1 error" : errors + " errors";
    String second = warnings == 0 ? "" : warnings == 1 ? "1 warning" : warnings + " warnings";
    return first.isEmpty() ? second : second.isEmpty() ? first : first + ", " + second;
  }

  static Map<String, Object> json(Problem problem) {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("severity", severity(problem));
    json.put("code", problem.code());
    json.put("path", problem.path());
    json.put("file", problem.place().file());
    json.put("line", problem.place().line());
    json.put("column", problem.place().column());
    json.put("message", problem.message());
    json.put("hint", problem.hint());
    json.put("notes", problem.notes());
    return json;
  }

  /** One run of one tool; line and column are left out where a problem has no place. */
  static Map<String, Object> sarif(List<Problem> problems, String version) {
    List<Map<String, Object>> results = problems.stream().map(Diagnosis::sarifResult).toList();
    List<Map<String, Object>> rules =
        problems.stream()
            .map(Problem::code)
            .distinct()
            .sorted()
            .map(code -> Map.<String, Object>of("id", code))
            .toList();
    Map<String, Object> driver = new LinkedHashMap<>();
    driver.put("name", "fairlead");
    driver.put("version", version);
    driver.put("rules", rules);
    Map<String, Object> run = new LinkedHashMap<>();
    run.put("tool", Map.of("driver", driver));
    run.put("columnKind", "unicodeCodePoints");
    run.put("results", results);
    Map<String, Object> sarif = new LinkedHashMap<>();
    sarif.put("$schema", "https://json.schemastore.org/sarif-2.1.0.json");
    sarif.put("version", "2.1.0");
    sarif.put("runs", List.of(run));
    return sarif;
  }

  private static Map<String, Object> sarifResult(Problem problem) {
    Problem.Place place = problem.place();
    Map<String, Object> physical = new LinkedHashMap<>();
    physical.put("artifactLocation", Map.of("uri", place.file()));
    if (place.line() > 0) {
      Map<String, Object> region = new LinkedHashMap<>();
      region.put("startLine", place.line());
      if (place.column() > 0) {
        region.put("startColumn", place.column());
        region.put("endColumn", place.column() + Math.max(1, place.length()));
      }
      physical.put("region", region);
    }
    String text =
        problem.hint().isEmpty() ? problem.message() : problem.message() + "; " + problem.hint();
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("ruleId", problem.code());
    result.put("level", severity(problem));
    result.put("message", Map.of("text", text));
    if (!place.file().isEmpty()) {
      result.put("locations", List.of(Map.of("physicalLocation", physical)));
    }
    return result;
  }

  private static String severity(Problem problem) {
    return switch (problem.severity()) {
      case ERROR -> "error";
      case WARNING -> "warning";
    };
  }
}
