package io.fairlead.app.systemd;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sends datagrams to the Unix socket that {@code NOTIFY_SOCKET} names. A notice that cannot be sent
 * now is dropped, the first one with a warning. Confined to its owner's lock.
 */
final class NotifySocket implements Consumer<String>, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(NotifySocket.class);
  private static final int NOTICE_BYTES_MAX = 4096;
  private static final int PATH_BYTES_MAX = 107; // sun_path of unix(7) less one

  private final Socket socket;
  private final byte[] path;
  private final ByteBuffer out = ByteBuffer.allocateDirect(NOTICE_BYTES_MAX);
  private boolean warned;
  private boolean closed;

  private NotifySocket(Socket socket, byte[] path) {
    this.socket = socket;
    this.path = path;
  }

  /**
   * Opens a socket of our own to send from.
   *
   * @param address a path, or {@code @} and a name in the abstract namespace
   * @return empty when that address is of another kind or this machine has no such sockets, which
   *     is logged
   */
  static Optional<NotifySocket> to(String address) {
    byte[] path = address.getBytes(UTF_8);
    boolean known = address.length() > 1 && (address.startsWith("/") || address.startsWith("@"));
    if (!known || path.length > PATH_BYTES_MAX) {
      log.atWarn().addKeyValue("address", address).log("NOTIFY_SOCKET not usable, nothing is told");
      return Optional.empty();
    }
    if (!Epoll.isAvailable()) {
      log.atWarn()
          .addKeyValue("why", String.valueOf(Epoll.unavailabilityCause()))
          .log("no native sockets here, nothing is told to NOTIFY_SOCKET");
      return Optional.empty();
    }
    if (path[0] == '@') path[0] = 0; // unix(7): abstract names begin with a zero byte
    return Optional.of(new NotifySocket(Socket.newSocketDomainDgram(), path));
  }

  /** Sends one notice: lines of {@code NAME=value}, at most 4096 bytes. */
  @Override
  public void accept(String notice) {
    if (closed) return;
    byte[] bytes = notice.getBytes(UTF_8);
    if (bytes.length > NOTICE_BYTES_MAX) {
      throw new IllegalArgumentException(
          "notice: " + bytes.length + " bytes (expected: <= " + NOTICE_BYTES_MAX + ")");
    }
    out.clear().put(bytes);
    try {
      int sent = socket.sendToDomainSocket(out, 0, bytes.length, Arrays.copyOf(path, path.length));
      if (sent <= 0) dropped("the socket is full");
    } catch (IOException failure) {
      dropped(String.valueOf(failure.getMessage()));
    }
  }

  private void dropped(String why) {
    (warned ? log.atDebug() : log.atWarn())
        .addKeyValue("why", why)
        .log("notice to the service manager dropped");
    warned = true;
  }

  @Override
  public void close() {
    if (closed) return;
    closed = true;
    try {
      socket.close();
    } catch (IOException failure) {
      log.atDebug().setCause(failure).log("closing the notification socket");
    }
  }
}
