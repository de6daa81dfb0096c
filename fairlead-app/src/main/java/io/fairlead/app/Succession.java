package io.fairlead.app;

import io.fairlead.app.config.GatewayCodes;
import io.fairlead.app.upgrade.Estate;
import io.fairlead.app.upgrade.Heir;
import io.fairlead.app.upgrade.Inheritance;
import io.fairlead.app.upgrade.SuccessorCommand;
import io.fairlead.app.upgrade.UpgradeDesk;
import io.fairlead.control.access.PeerProof;
import io.fairlead.control.api.Upgrading;
import io.fairlead.core.audit.AuditTrail;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.InheritedSockets;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where a gateway stands between the process before it and the one after: what it was given, from
 * whom, and how its successor is started.
 *
 * @param heir of a running gateway, whose place this one takes
 * @param sockets given from elsewhere, as by a service manager
 * @param command by which a successor would be started; empty when none can be
 */
record Succession(
    Optional<Heir> heir, InheritedSockets sockets, Optional<SuccessorCommand> command) {
  private static final Logger log = LoggerFactory.getLogger(Succession.class);

  /** Neither predecessor nor successor: a gateway inside another program. */
  static Succession none() {
    return new Succession(Optional.empty(), new InheritedSockets(), Optional.empty());
  }

  /** Whether another process serves until we do. */
  boolean beside() {
    return heir.isPresent();
  }

  /**
   * What there is to take, once the own configuration is known to be valid.
   *
   * @throws StartException the running gateway gives nothing
   */
  Inheritance meet(String configHash) throws StartException {
    if (heir.isEmpty()) return new Inheritance(sockets, 0, "");
    try {
      return heir.get().meet(Version.current(), configHash);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new StartException(StartException.Reason.OTHER, "interrupted", interrupted);
    }
  }

  /** Returns when the other process is out. */
  void takeOver(Heir.Work work) throws StartException, InterruptedException {
    heir.orElseThrow().conclude(work);
    heir.get().close();
  }

  /** Closes and names the sockets that no listener wanted. */
  void warnOfRest() {
    for (String name : sockets.closeRest()) {
      log.atWarn()
          .addKeyValue("code", GatewayCodes.SOCKET_UNUSED.id())
          .addKeyValue("socket", name)
          .log("socket of the service manager fits no listener, closed");
    }
  }

  Upgrading desk(Estate estate, Supplier<Optional<Path>> allowDir, AuditTrail audit) {
    return new UpgradeDesk(estate, command, allowDir, PeerProof.ownUid(), audit, Clock.system());
  }
}
