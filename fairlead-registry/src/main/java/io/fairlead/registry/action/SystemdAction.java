package io.fairlead.registry.action;

import java.time.Duration;
import java.util.List;
import java.util.Map;

/** {@code systemd}: {@code systemctl reload}, and the unit must be active afterwards. */
final class SystemdAction implements ReloadAction {
  private final String unit;
  private final Duration timeout;
  private final ProgramRun programs;
  private final String systemctl;

  /**
   * @param systemctl name or path of the program
   */
  SystemdAction(String unit, Duration timeout, ProgramRun programs, String systemctl) {
    this.unit = unit;
    this.timeout = timeout;
    this.programs = programs;
    this.systemctl = systemctl;
  }

  @Override
  public String type() {
    return "systemd";
  }

  @Override
  public ActionResult run(Occasion occasion) throws InterruptedException {
    ProgramRun.End can = call("show", "--property=CanReload", "--value");
    if (can instanceof ProgramRun.End.Exited(int code, String said)
        && code == 0
        && said.strip().equals("no")) {
      return new ActionResult.Refused(unit + ": the unit has no reload (ExecReload=)");
    }
    ActionResult reloaded = result(call("reload"));
    if (!(reloaded instanceof ActionResult.Done)) return reloaded;
    ActionResult active = result(call("is-active"));
    return active instanceof ActionResult.Done
        ? active
        : new ActionResult.Failed(unit + " is not active after the reload");
  }

  private ProgramRun.End call(String... words) throws InterruptedException {
    List<String> argv = new java.util.ArrayList<>(List.of(systemctl));
    argv.addAll(List.of(words));
    argv.add("--");
    argv.add(unit);
    return programs.run(argv, Map.of(), timeout);
  }

  private ActionResult result(ProgramRun.End end) {
    return ExecAction.result(end, List.of(0), List.of(systemctl));
  }
}
