package io.fairlead.pubsub;

import io.fairlead.pubsub.netty.IpcDial;
import io.fairlead.pubsub.netty.Wiring;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletionStage;

/** A node behind a Unix socket. */
public final class IpcConnector implements Connector {
  /** Longest path that Linux takes. */
  private static final int PATH_BYTES_MAX = 107;

  private final Path path;
  private final String alias;

  private IpcConnector(Path path, String alias) {
    this.path = path;
    this.alias = alias;
  }

  /**
   * @throws IllegalArgumentException the path is longer than a socket's may be
   */
  public static IpcConnector of(Path path) {
    int length = path.toString().getBytes(StandardCharsets.UTF_8).length;
    if (length > PATH_BYTES_MAX)
      throw new IllegalArgumentException(
          "path: " + length + " bytes (expected: <= " + PATH_BYTES_MAX + ")");
    return new IpcConnector(path, "ipc:" + path.getFileName());
  }

  /** The same under another name in logs and reports. */
  public IpcConnector alias(String next) {
    return new IpcConnector(path, next);
  }

  @Override
  public boolean isLocal() {
    return true;
  }

  @Override
  public CompletionStage<ConnectionHandle> connect() {
    return Wiring.alone(this::connect);
  }

  CompletionStage<ConnectionHandle> connect(Wiring wiring) {
    return IpcDial.open(wiring, path.toString());
  }

  @Override
  public String alias() {
    return alias;
  }

  @Override
  public String toString() {
    return "ipc:" + path;
  }
}
