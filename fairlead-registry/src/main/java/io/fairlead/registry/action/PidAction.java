package io.fairlead.registry.action;

import io.fairlead.core.time.Pause;
import java.time.Duration;
import java.util.Optional;

/**
 * {@code pid}: HUP to the process that had this number when the target was set up. Another process
 * that got the number since is left alone.
 */
final class PidAction implements ReloadAction {
  /** Time for a process without a handler to die of the signal. */
  private static final Duration SETTLE = Duration.ofMillis(100);

  private final long pid;
  private final boolean allowInit;
  private final Expectation expect;
  private final ProcessTable processes;
  private final Pause pause;
  private final Optional<ProcessIdentity> recorded;

  PidAction(ReloadConfig.Pid config, ProcessTable processes, Pause pause) {
    this.pid = config.pid();
    this.allowInit = config.allowInit();
    this.expect = config.expect();
    this.processes = processes;
    this.pause = pause;
    this.recorded = processes.look(config.pid());
  }

  @Override
  public String type() {
    return "pid";
  }

  @Override
  public ActionResult run(Occasion occasion) throws InterruptedException {
    return signal(
        processes,
        pause,
        pid,
        allowInit,
        found -> {
          if (recorded.isPresent() && recorded.get().startTicks() != found.startTicks()) {
            return Optional.of("another process has the number since the start");
          }
          return expect.objection(found);
        });
  }

  /** Checks the number itself, signals, and looks whether it is still the same process. */
  static ActionResult signal(
      ProcessTable processes,
      Pause pause,
      long pid,
      boolean allowInit,
      ProcessTable.Recogniser recogniser)
      throws InterruptedException {
    if (pid <= 0) {
      return new ActionResult.Refused("process " + pid + ": addresses groups of processes");
    }
    if (pid == 1 && !allowInit) {
      return new ActionResult.Refused("process 1: the init process, see allow_init");
    }
    if (pid == ProcessHandle.current().pid()) {
      return new ActionResult.Refused("process " + pid + ": this is our own");
    }
    long[] ticks = new long[1];
    ActionResult sent =
        processes.hangUp(
            pid,
            found -> {
              ticks[0] = found.startTicks();
              return recogniser.objection(found);
            });
    if (!(sent instanceof ActionResult.Done)) return sent;
    pause.sleep(SETTLE);
    Optional<ProcessIdentity> after = processes.look(pid);
    boolean held = after.isPresent() && after.get().startTicks() == ticks[0];
    return held
        ? sent
        : new ActionResult.Failed("process " + pid + " ended on HUP; it does not reload by it");
  }
}
