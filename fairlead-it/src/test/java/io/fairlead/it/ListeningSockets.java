package io.fairlead.it;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;

/** What the kernel says about listening sockets. */
final class ListeningSockets {
  private static final String LISTEN = "0A";

  private ListeningSockets() {}

  /** Inodes of the sockets that listen on a port, IPv4 and IPv6. */
  static Set<Long> inodes(int port) throws IOException {
    Set<Long> inodes = new HashSet<>();
    for (String table : new String[] {"/proc/net/tcp", "/proc/net/tcp6"}) {
      for (String row : Files.readAllLines(Path.of(table))) {
        String[] columns = row.strip().split("\\s+");
        if (columns.length < 10 || !columns[3].equals(LISTEN)) continue;
        String local = columns[1];
        if (Integer.parseInt(local.substring(local.indexOf(':') + 1), 16) == port) {
          inodes.add(Long.parseLong(columns[9]));
        }
      }
    }
    return inodes;
  }
}
