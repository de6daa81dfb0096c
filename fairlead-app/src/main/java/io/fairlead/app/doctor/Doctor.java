package io.fairlead.app.doctor;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.config.Problem;
import io.fairlead.core.config.Reading;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Runs every check. Blocks for as long as names, disks and servers take, seconds at most. */
public final class Doctor {
  private final Clock clock;

  public Doctor(Clock clock) {
    this.clock = clock;
  }

  /**
   * What there is to look at.
   *
   * @param reading of the configuration; empty when there is none
   * @param file it was read from
   * @param running the gateway that answers at its control API
   * @param security whether to ask what is open as well
   */
  public record Patient(
      Optional<Reading<GatewayConfig>> reading,
      Optional<Path> file,
      Optional<RunningGateway> running,
      boolean security) {}

  /** The findings, in a fixed order. */
  public List<Finding> examine(Patient patient) {
    List<Finding> findings = new ArrayList<>();
    Optional<GatewayConfig> config = patient.reading().flatMap(Reading::value);
    findings.addAll(MachineChecks.all(config));
    patient.reading().ifPresent(reading -> configuration(reading, findings));
    if (config.isPresent()) {
      findings.addAll(FileChecks.all(config.get(), clock));
      findings.addAll(NetworkChecks.all(config.get(), patient.running()));
      findings.addAll(
          BrokerChecks.all(config.get(), patient.running(), clock, Randomness.system()));
      findings.addAll(PeerChecks.all(config.get(), patient.running()));
      findings.addAll(ChainChecks.all(config.get().pubsub(), clock));
      findings.add(control(config.get(), patient.running()));
    }
    if (patient.security()) findings.addAll(SecurityChecks.all(config, patient.file()));
    return findings;
  }

  /** Whether an audit file and its older files are whole. */
  public static Finding audit(Path file) {
    return FileChecks.audit(file);
  }

  private static void configuration(Reading<GatewayConfig> reading, List<Finding> findings) {
    if (reading.problems().isEmpty()) {
      findings.add(Finding.ok("config", "the configuration is valid"));
    }
    for (Problem problem : reading.problems()) {
      String where = problem.place().line() > 0 ? "line " + problem.place().line() + ": " : "";
      String message = where + problem.message();
      String fix =
          problem.hint().isEmpty() ? "see: fairlead help " + problem.code() : problem.hint();
      String check = "config." + problem.code();
      findings.add(
          problem.severity() == Problem.Severity.ERROR
              ? Finding.fail(check, message, fix)
              : Finding.warn(check, message, fix));
    }
  }

  private static Finding control(GatewayConfig config, Optional<RunningGateway> running) {
    if (!config.control().enabled()) {
      return Finding.warn(
          "control",
          "the control API is off: the gateway can be neither asked nor reloaded by command",
          "write control: { enabled: true }");
    }
    return running.isPresent()
        ? Finding.ok("control", "a gateway answers, process " + running.get().pid())
        : Finding.ok("control", "no gateway answers; that is fine when none is to run");
  }
}
