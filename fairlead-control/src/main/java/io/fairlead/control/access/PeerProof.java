package io.fairlead.control.access;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Finds who holds the other end of a loopback TCP connection by the kernel's socket table. Blocking
 * (reads a file that grows with the number of sockets); any thread but an event loop.
 *
 * <p>The answer is about this instant: whoever acts on it asks again right before acting. A socket
 * whose process is gone, or closed it, shows uid 0 and inode 0, and one that was half closed leaves
 * the established state; both are unknown here, never root.
 */
public final class PeerProof {
  private static final Path TABLES = Path.of("/proc/net");

  private final List<Path> tables;

  /** On Linux the kernel's tables; elsewhere everything is unknown. */
  public static PeerProof ofThisMachine() {
    return new PeerProof(TABLES);
  }

  PeerProof(Path directory) {
    this.tables = List.of(directory.resolve("tcp"), directory.resolve("tcp6"));
  }

  /** Uid of this process; empty where the system does not say. */
  public static OptionalInt ownUid() {
    try {
      return Files.getAttribute(Path.of("/proc/self"), "unix:uid") instanceof Integer uid
          ? OptionalInt.of(uid)
          : OptionalInt.empty();
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException unknown) {
      return OptionalInt.empty();
    }
  }

  /** Who holds the end of {@code door} that is not ours. */
  public PeerOwner ownerOf(Door.Tcp door) {
    try {
      Optional<TcpTable.Row> found = find(door.peer(), door.local());
      // The kernel builds the table in pieces while sockets come and go, and a row can slip
      // through between two of them.
      if (found.isEmpty()) found = find(door.peer(), door.local());
      if (found.isEmpty()) return new PeerOwner.Unknown("the caller's socket is not to be found");
      TcpTable.Row row = found.get();
      if (row.state() != TcpTable.ESTABLISHED || row.inode() == 0) {
        return new PeerOwner.Unknown("the caller did not stay connected");
      }
      return new PeerOwner.Uid(row.uid());
    } catch (IOException unreadable) {
      return new PeerOwner.Unknown("this system does not say who the caller is");
    }
  }

  private Optional<TcpTable.Row> find(InetSocketAddress local, InetSocketAddress remote)
      throws IOException {
    IOException missing = null;
    int read = 0;
    for (Path table : tables) {
      try (BufferedReader reader = Files.newBufferedReader(table, US_ASCII)) {
        read++;
        Optional<TcpTable.Row> row = TcpTable.find(reader, local, remote);
        if (row.isPresent()) return row;
      } catch (IOException unreadable) { // a machine without IPv6 has no tcp6
        missing = unreadable;
      }
    }
    if (read == 0 && missing != null) throw missing;
    return Optional.empty();
  }
}
