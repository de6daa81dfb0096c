package io.fairlead.registry.action;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * Makes actions and verifications of their configuration. Immutable.
 *
 * @param processes the machine's processes
 * @param environment of this process, for {@code DOCKER_HOST} and the like
 */
public record Actions(
    Clock clock,
    Pause pause,
    Meters meters,
    ProcessTable processes,
    Map<String, String> environment) {
  private static final Duration ASKING = Duration.ofSeconds(2);

  public Actions {
    environment = Map.copyOf(environment);
  }

  /** An action with its tries. A {@code pid} is recognised from now on. */
  public Reloading reloading(ReloadConfig config) {
    return new Reloading(action(config), pause, meters);
  }

  /** How to see that a process does well; empty when nobody looks. */
  public Optional<Verification> verification(VerifyConfig config) {
    if (config instanceof VerifyConfig.None) return Optional.empty();
    return Optional.of(
        new Verification(
            Checks.of(config, new ProgramRun(clock, pause)), config.timing(), clock, pause));
  }

  /**
   * Asks a process that tells what it runs, once.
   *
   * @param digest SHA-256 of the file that should be in use, hex
   * @return what it runs instead; empty when it runs that, cannot be asked, or does not tell
   */
  public Optional<String> strays(VerifyConfig config, String digest) throws InterruptedException {
    return config instanceof VerifyConfig.Fairlead gateway
        ? Checks.runsAnother(gateway, digest, ASKING)
        : Optional.empty();
  }

  private ReloadAction action(ReloadConfig config) {
    ProgramRun programs = new ProgramRun(clock, pause);
    return switch (config) {
      case ReloadConfig.Internal _ -> new Silence();
      case ReloadConfig.Docker docker -> new DockerAction(docker, environment, clock, pause);
      case ReloadConfig.Pid pid -> new PidAction(pid, processes, pause);
      case ReloadConfig.PidPath path -> new PidPathAction(path, processes, pause);
      case ReloadConfig.Exec exec -> new ExecAction(exec, exec.timeout(), programs);
      case ReloadConfig.Http http -> new HttpAction(http);
      case ReloadConfig.Systemd unit ->
          new SystemdAction(unit.unit(), unit.timeout(), programs, "systemctl");
    };
  }

  /**
   * Whether a configuration may name programs to run.
   *
   * @param config the file that says so; empty when it did not come from a file
   * @return empty when it may, else why not
   */
  public static Optional<String> programsForbidden(boolean allowExec, Optional<Path> config) {
    if (!allowExec) return Optional.of("programs are run only with registry.allow_exec: true");
    if (config.isEmpty()) return Optional.of("programs are run only for a configuration file");
    return FileOwner.objection(config.get());
  }

  /** The list's user looks for itself. */
  private record Silence() implements ReloadAction {
    @Override
    public String type() {
      return "internal";
    }

    @Override
    public ActionResult run(Occasion occasion) {
      return new ActionResult.Done("");
    }
  }
}
