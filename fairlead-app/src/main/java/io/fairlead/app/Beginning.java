package io.fairlead.app;

import io.fairlead.app.systemd.SocketActivation;
import io.fairlead.app.upgrade.Heir;
import io.fairlead.app.upgrade.SuccessorCommand;
import io.fairlead.core.config.Environment;
import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.listen.InheritedSockets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** How this process begins: alone, or in the place of another; and how its successor would. */
final class Beginning implements AutoCloseable {
  /** Set by the launcher: its own path. */
  private static final String LAUNCHER = "fairlead.launcher";

  private final Succession succession;

  private Beginning(Succession succession) {
    this.succession = succession;
  }

  /**
   * @throws StartException the offer that the command line names is not there
   */
  static Beginning of(LaunchOptions options) throws StartException {
    Optional<SuccessorCommand> command =
        options.adHoc() || options.configFile().isEmpty()
            ? Optional.empty()
            : SuccessorCommand.ofProcess(launcher());
    Optional<Heir> heir =
        options.offer().isPresent()
            ? Optional.of(Heir.connect(options.offer().get(), Clock.system()))
            : Optional.empty();
    // A successor is given its sockets by the gateway before it, whatever the variables say.
    InheritedSockets sockets =
        heir.isPresent()
            ? new InheritedSockets()
            : SocketActivation.sockets(Environment.ofProcess(), ProcessHandle.current().pid());
    return new Beginning(new Succession(heir, sockets, command));
  }

  Succession succession() {
    return succession;
  }

  @Override
  public void close() {
    succession.heir().ifPresent(Heir::close);
  }

  private static Optional<Path> launcher() {
    return Optional.ofNullable(System.getProperty(LAUNCHER))
        .map(Path::of)
        .filter(Files::isExecutable);
  }
}
