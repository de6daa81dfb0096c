package io.fairlead.control.access;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteOrder;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Reads the kernel's table of TCP sockets ({@code /proc/net/tcp} and {@code tcp6}). Addresses are
 * written as 32-bit words in the machine's byte order, ports as plain hex; IPv4-mapped addresses of
 * {@code tcp6} compare equal to the IPv4 ones.
 *
 * @see <a href="https://www.kernel.org/doc/Documentation/networking/proc_net_tcp.txt">kernel
 *     documentation, proc_net_tcp</a>
 */
final class TcpTable {
  static final int ESTABLISHED = 1;

  /**
   * One socket.
   *
   * @param uid of its owner; the kernel shows 0 for a socket no process holds any more
   * @param inode 0 for a socket no process holds any more
   */
  record Row(InetSocketAddress local, InetSocketAddress remote, int state, int uid, long inode) {}

  private TcpTable() {}

  /**
   * The row with exactly these two ends. Lines of another shape are passed over.
   *
   * @param table borrows
   */
  static Optional<Row> find(BufferedReader table, InetSocketAddress local, InetSocketAddress remote)
      throws IOException {
    String localPort = ":" + portHex(local) + " ";
    String remotePort = ":" + portHex(remote) + " ";
    for (String line = table.readLine(); line != null; line = table.readLine()) {
      if (!line.contains(localPort) || !line.contains(remotePort)) continue;
      Optional<Row> row = parse(line);
      if (row.isPresent() && row.get().local().equals(local) && row.get().remote().equals(remote)) {
        return row;
      }
    }
    return Optional.empty();
  }

  /** One line; empty for the headline and anything malformed. */
  static Optional<Row> parse(String line) {
    String[] columns = line.trim().split("\\s+");
    // sl local rem st tx:rx tr:tm->when retrnsmt uid timeout inode ...
    if (columns.length < 10) return Optional.empty();
    try {
      return Optional.of(
          new Row(
              address(columns[1]),
              address(columns[2]),
              Integer.parseInt(columns[3], 16),
              Integer.parseUnsignedInt(columns[7]),
              Long.parseUnsignedLong(columns[9])));
    } catch (IllegalArgumentException | UnknownHostException malformed) {
      return Optional.empty();
    }
  }

  private static InetSocketAddress address(String column) throws UnknownHostException {
    int colon = column.indexOf(':');
    if (colon != 8 && colon != 32) throw new IllegalArgumentException("address: " + column);
    byte[] bytes = HexFormat.of().parseHex(column, 0, colon);
    if (ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN) {
      for (int word = 0; word < bytes.length; word += 4) {
        swap(bytes, word, word + 3);
        swap(bytes, word + 1, word + 2);
      }
    }
    return new InetSocketAddress(
        InetAddress.getByAddress(bytes), Integer.parseInt(column.substring(colon + 1), 16));
  }

  private static void swap(byte[] bytes, int a, int b) {
    byte kept = bytes[a];
    bytes[a] = bytes[b];
    bytes[b] = kept;
  }

  private static String portHex(InetSocketAddress address) {
    return HexFormat.of().withUpperCase().toHexDigits((short) address.getPort());
  }
}
