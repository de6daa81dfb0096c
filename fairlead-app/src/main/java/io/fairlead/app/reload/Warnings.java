package io.fairlead.app.reload;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigDiff;
import io.fairlead.core.config.ConfigEdit;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import io.fairlead.core.config.ReloadClass;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What is to be said of a change besides what the text says of itself. */
final class Warnings {
  private Warnings() {}

  /** Advice on the text, and on settings that wait for a restart. */
  static List<Problem> of(Reading<?> reading, List<ConfigDiff.Change> changes) {
    List<Problem> warnings = new ArrayList<>(reading.problems());
    for (ConfigDiff.Change change : changes) {
      if (change.reload() != ReloadClass.RESTART) continue;
      warnings.add(
          new Problem(
              Problem.Severity.WARNING,
              GatewayCodes.NEEDS_RESTART.id(),
              change.path(),
              reading.document().placeOf(change.path()),
              GatewayCodes.NEEDS_RESTART.title(),
              "restart the gateway",
              List.of()));
    }
    if (reading.document().node("/listeners").isEmpty()) {
      warnings.add(
          new Problem(
              Problem.Severity.WARNING,
              GatewayCodes.NO_LISTENERS.id(),
              "/listeners",
              Problem.Place.NOWHERE,
              GatewayCodes.NO_LISTENERS.title(),
              "add an entry to section listeners",
              List.of()));
    }
    return warnings;
  }

  /** Problems found while preparing know their path only; the text knows where that stands. */
  static List<Problem> placed(List<Problem> problems, Reading<?> reading) {
    return problems.stream()
        .map(
            problem ->
                problem.place().line() > 0
                    ? problem
                    : new Problem(
                        problem.severity(),
                        problem.code(),
                        problem.path(),
                        reading.document().placeOf(problem.path()),
                        problem.message(),
                        problem.hint(),
                        problem.notes()))
        .toList();
  }

  static List<Problem> disruptive(List<String> rebinds, Reading<?> reading) {
    List<Problem> problems = new ArrayList<>();
    for (String path : rebinds) {
      problems.add(
          Problem.error(
              GatewayCodes.DISRUPTIVE.id(),
              path,
              reading.document().placeOf(path),
              "the new address overlaps the one still bound: clients are refused for a moment",
              "allow it: fairlead reload --allow-disruptive"));
    }
    return problems;
  }

  static Problem stateUnwritable(IOException failure) {
    return Problem.error(
        GatewayCodes.STATE_UNWRITABLE.id(),
        "/runtime/state_dir",
        Problem.Place.NOWHERE,
        "the change cannot be written down: " + failure.getMessage(),
        "make room, or mend the permissions of runtime.state_dir");
  }

  static Problem tooManyEdits(ConfigEdit edit) {
    return Problem.error(
        Codes.LAYER.id(),
        edit.path(),
        Problem.Place.NOWHERE,
        "a layer holds at most " + ConfigInputs.EDITS_MAX + " edits",
        "write them into the file, then withdraw them");
  }
}
