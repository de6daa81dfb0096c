package io.fairlead.net.dial;

import io.fairlead.core.address.IpLiteral;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The name servers this machine is set up with (resolv.conf(5)). */
final class SystemNameServers {
  private static final int DNS_PORT = 53;

  private SystemNameServers() {}

  static List<InetSocketAddress> read() {
    try {
      return parse(Files.readAllLines(Path.of("/etc/resolv.conf")));
    } catch (IOException _) {
      return List.of(); // no such file here: the JDK's resolver knows what to ask
    }
  }

  static List<InetSocketAddress> parse(List<String> lines) {
    List<InetSocketAddress> servers = new ArrayList<>(3);
    for (String line : lines) {
      String[] words = line.strip().split("\\s+");
      if (words.length < 2 || !words[0].equals("nameserver")) continue;
      IpLiteral.parse(words[1])
          .ifPresent(address -> servers.add(new InetSocketAddress(address, DNS_PORT)));
    }
    return servers;
  }
}
