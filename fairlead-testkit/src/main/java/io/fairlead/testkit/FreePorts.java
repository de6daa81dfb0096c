package io.fairlead.testkit;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;

/**
 * Ports for programs that must be told theirs. They lie below those the kernel gives to clients: a
 * port of that range may be taken between the choice and its use, and after some thousand
 * connections hardly a few in a row are free of connections that wait for their end. None is given
 * twice by one process, and processes start at different places.
 */
public final class FreePorts {
  private static final Path CLIENTS = Path.of("/proc/sys/net/ipv4/ip_local_port_range");
  private static final int FIRST = 10_240;
  private static final int FIRST_OF_CLIENTS = 32_768;
  private static final int END = end();

  private static final AtomicInteger NEXT =
      new AtomicInteger((int) (ProcessHandle.current().pid() * 1_009 % (END - FIRST)));

  private FreePorts() {}

  /** A port that nobody has, neither for connections nor for datagrams. */
  public static int one() {
    return inARow(1);
  }

  /** The first of {@code count} ports in a row that nobody has. */
  public static int inARow(int count) {
    for (int attempt = 0; attempt < END - FIRST; attempt++) {
      int first = FIRST + Math.floorMod(NEXT.getAndAdd(count), END - FIRST);
      if (first + count <= END && IntStream.range(first, first + count).allMatch(FreePorts::free)) {
        return first;
      }
    }
    throw new IllegalStateException("no " + count + " free ports in a row below " + END);
  }

  private static boolean free(int port) {
    InetAddress loopback = InetAddress.getLoopbackAddress();
    try (ServerSocket connections = new ServerSocket(port, 1, loopback);
        DatagramSocket datagrams = new DatagramSocket(new InetSocketAddress(loopback, port))) {
      return connections.isBound() && datagrams.isBound();
    } catch (IOException taken) {
      return false;
    }
  }

  private static int end() {
    try {
      String range = Files.readString(CLIENTS).strip();
      int first = Integer.parseInt(range.split("\\s+")[0]);
      return first > FIRST + 1_000 ? first : FIRST_OF_CLIENTS;
    } catch (IOException | NumberFormatException notLinux) {
      return FIRST_OF_CLIENTS;
    }
  }
}
