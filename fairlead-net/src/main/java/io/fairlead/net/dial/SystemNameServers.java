package io.fairlead.net.dial;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.config.Environment;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The name servers this machine is set up with (resolv.conf(5)); one at another port than 53 is
 * written {@code [address]:port}, as OpenBSD has it.
 */
public final class SystemNameServers {
  private static final Path FILE = Path.of("/etc/resolv.conf");
  private static final int BYTES_MAX = 64 * 1024;
  private static final int DNS_PORT = 53;
  private static final Pattern AT_PORT = Pattern.compile("\\[([^\\]]+)]:([0-9]{1,5})");

  private SystemNameServers() {}

  /**
   * Reads them.
   *
   * @return in their order; empty where there is no such file, and the JDK knows what to ask
   */
  public static List<InetSocketAddress> read(Environment environment) {
    try {
      return parse(environment.read(FILE, BYTES_MAX).text().lines().toList());
    } catch (IOException _) {
      return List.of();
    }
  }

  static List<InetSocketAddress> parse(List<String> lines) {
    List<InetSocketAddress> servers = new ArrayList<>(3);
    for (String line : lines) {
      String[] words = line.strip().split("\\s+");
      if (words.length < 2 || !words[0].equals("nameserver")) continue;
      server(words[1]).ifPresent(servers::add);
    }
    return servers;
  }

  private static Optional<InetSocketAddress> server(String word) {
    Matcher parts = AT_PORT.matcher(word);
    if (!parts.matches()) {
      return IpLiteral.parse(word).map(address -> new InetSocketAddress(address, DNS_PORT));
    }
    int port = Integer.parseInt(parts.group(2));
    if (port == 0 || port > 65_535) return Optional.empty();
    return IpLiteral.parse(parts.group(1)).map(address -> new InetSocketAddress(address, port));
  }
}
