package io.fairlead.app;

import io.fairlead.app.reload.ChangeNotes;
import io.fairlead.app.reload.ChangeWitness;
import io.fairlead.app.reload.ConfigController;
import io.fairlead.app.reload.ConfigController.WhenBusy;
import io.fairlead.app.reload.ConfigService;
import io.fairlead.app.reload.ConfigState;
import io.fairlead.app.reload.FileWatch;
import io.fairlead.app.reload.First;
import io.fairlead.app.reload.LatestWins;
import io.fairlead.app.reload.LiveWork;
import io.fairlead.app.reload.Participants;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.Who;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Everything that has to do with changing the configuration, made and wired. */
final class ReloadEngine {
  private final ConfigController<GatewayConfig> controller;
  private final ConfigService<GatewayConfig> service;
  private final ConfigService<GatewayConfig> trial;
  private final FileWatch<GatewayConfig> watch;
  private final LatestWins hangUps;
  private final ChangeNotes notes;
  private final AuditTrail audit;

  /**
   * How the process was started, as far as it concerns the configuration.
   *
   * @param waits another process still serves: nothing changes or is written until {@link #settle}
   */
  record Manner(GatewayConfigLoader loader, boolean watch, boolean remembers, boolean waits) {
    Manner(GatewayConfigLoader loader, boolean watch, boolean remembers) {
      this(loader, watch, remembers, false);
    }
  }

  ReloadEngine(
      Manner manner,
      First<GatewayConfig> first,
      List<Reloadable<GatewayConfig>> participants,
      LiveWork<GatewayConfig> live,
      EventBus events,
      AuditTrail audit,
      Meters meters,
      Clock clock) { // eight: what it is made of and whom it tells
    this.audit = audit;
    GatewayConfigLoader loader = manner.loader();
    GatewayConfig config = first.loaded().reading().value().orElseThrow();
    Path stateDir = config.runtime().stateDir();
    ConfigState state =
        manner.remembers()
            ? ConfigState.in(stateDir, meters)
            : ConfigState.forgetful(stateDir, meters);
    notes = new ChangeNotes(events, audit, meters, clock);
    controller =
        new ConfigController<>(
            loader,
            first,
            new Participants<>(participants),
            live,
            state,
            notes,
            running -> running.runtime().reload(),
            clock);
    controller.declare(meters);
    if (manner.waits() && !controller.freeze()) throw new IllegalStateException("changed already");
    service = new ConfigService<>(controller, !manner.waits());
    trial = new ConfigService<>(controller, false);
    watch =
        new FileWatch<>(
            manner.watch() || config.runtime().reload().watch(),
            loader,
            GatewayConfig::namedFiles,
            request -> controller.reload(request, WhenBusy.WAIT),
            clock);
    ReloadRequest hangUp = ReloadRequest.again(new Who("signal", "HUP"));
    hangUps =
        new LatestWins(
            "config-signal", Duration.ZERO, clock, () -> controller.reload(hangUp, WhenBusy.WAIT));
  }

  ConfigController<GatewayConfig> controller() {
    return controller;
  }

  /** In the start order: the first configuration. */
  ConfigService<GatewayConfig> service() {
    return service;
  }

  /** The same for a start that only checks and leaves no trace. */
  ConfigService<GatewayConfig> trial() {
    return trial;
  }

  /** In the start order: last, so that a change finds everything running. */
  FileWatch<GatewayConfig> watch() {
    return watch;
  }

  /** Reloads on behalf of a signal, after a change already under way; ten signals may be one. */
  void onHangUp() {
    hangUps.request();
  }

  /** The process before is out: writes the first configuration down and lets it change. */
  void settle() {
    controller.recordFirst();
    controller.thaw();
    audit.record("process.upgrade", Accounts.tookOver(controller.running().current()));
  }

  /** Tells {@code witness} of each change from now on. */
  void witness(ChangeWitness witness) {
    notes.witness(witness);
  }

  /** Ends what waits for signals. */
  void close() {
    hangUps.close();
  }
}
