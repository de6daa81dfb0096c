package io.fairlead.core.config;

import io.fairlead.core.config.Problem.Place;
import io.fairlead.core.config.Problem.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * Problems as they are found. Keeps the first {@value #KEPT_MAX} different ones and counts the
 * rest; the same one found twice (through an alias) counts once. Not thread-safe: one reading.
 */
final class ProblemList {
  static final int SHOWN_MAX = 50;
  private static final int KEPT_MAX = 2_000;

  private final Set<Problem> found = new LinkedHashSet<>();
  private boolean errors;
  private int dropped;

  void add(Problem problem) {
    errors |= problem.severity() == Severity.ERROR;
    if (found.size() < KEPT_MAX) {
      found.add(problem);
    } else {
      dropped++;
    }
  }

  void addAll(ProblemList others) {
    others.found.forEach(this::add);
    dropped += others.dropped;
  }

  void error(Code code, String path, Place place, String message, String hint, String... notes) {
    add(new Problem(Severity.ERROR, code.id(), path, place, message, hint, List.of(notes)));
  }

  boolean hasErrors() {
    return errors;
  }

  /** Whether there are so many that a further one need not be explained well. */
  boolean crowded() {
    return found.size() > 4 * SHOWN_MAX;
  }

  boolean failedAt(Place place) {
    return found.stream()
        .anyMatch(problem -> problem.severity() == Severity.ERROR && problem.place().equals(place));
  }

  /**
   * In order of place, the main file first; at most {@value #SHOWN_MAX}, errors before warnings
   * when there are more, and the last one then says how many are missing.
   */
  List<Problem> sorted(String mainFile) {
    List<Problem> all = new ArrayList<>(found);
    if (all.size() > SHOWN_MAX) {
      all.sort(Comparator.comparing(Problem::severity).thenComparing(byPlace(mainFile)));
      int missing = all.size() - SHOWN_MAX + dropped;
      all = new ArrayList<>(all.subList(0, SHOWN_MAX));
      all.sort(byPlace(mainFile));
      Problem last = all.removeLast();
      List<String> notes = new ArrayList<>(last.notes());
      notes.add("problems not shown: " + missing);
      all.add(
          new Problem(
              last.severity(),
              last.code(),
              last.path(),
              last.place(),
              last.message(),
              last.hint(),
              notes));
    } else {
      all.sort(byPlace(mainFile));
    }
    return List.copyOf(all);
  }

  private static Comparator<Problem> byPlace(String mainFile) {
    return Comparator.comparing((Problem problem) -> !problem.place().file().equals(mainFile))
        .thenComparing(problem -> problem.place().file())
        .thenComparingInt(problem -> problem.place().line())
        .thenComparingInt(problem -> problem.place().column())
        .thenComparing(Problem::code);
  }
}
