package io.fairlead.app.doctor;

import io.fairlead.app.GatewayConfig;
import io.fairlead.core.unit.Limit;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Java, limits of the system, names and address families. */
final class MachineChecks {
  private static final int JAVA_MIN = 25;
  private static final Path LIMITS = Path.of("/proc/self/limits");
  private static final Pattern OPEN_FILES =
      Pattern.compile("Max open files +([0-9]+|unlimited) .*");

  /** Descriptors besides those of connections: files, pipes, listeners, the control API. */
  private static final long SPARE_DESCRIPTORS = 256;

  private MachineChecks() {}

  static List<Finding> all(Optional<GatewayConfig> config) {
    List<Finding> findings = new ArrayList<>();
    findings.add(java());
    findings.add(flags(ManagementFactory.getRuntimeMXBean().getInputArguments()));
    findings.add(openFiles(config));
    findings.add(names());
    findings.add(ipv6());
    return findings;
  }

  private static Finding java() {
    Runtime.Version version = Runtime.version();
    String text = "Java " + version + " of " + System.getProperty("java.vendor", "");
    return version.feature() >= JAVA_MIN
        ? Finding.ok("java", text)
        : Finding.fail("java", text, "install Java " + JAVA_MIN + " or set FAIRLEAD_JAVA_HOME");
  }

  /** Flags that would write what is in memory, keys and passwords included, to a disk. */
  static Finding flags(List<String> arguments) {
    for (String argument : arguments) {
      if (argument.equals("-XX:+HeapDumpOnOutOfMemoryError")) {
        return Finding.warn(
            "java.flags",
            argument + ": a dump of the memory holds every secret",
            "remove it from FAIRLEAD_JAVA_OPTS");
      }
    }
    return Finding.ok("java.flags", "nothing that writes memory to disk");
  }

  private static Finding openFiles(Optional<GatewayConfig> config) {
    Optional<Long> limit = openFileLimit();
    if (limit.isEmpty()) return Finding.ok("open_files", "this system does not say a limit");
    Limit connections =
        config.map(found -> found.limits().listeners().connections()).orElse(Limit.atMost(10_000));
    long wanted =
        switch (connections) {
          // Each may need a second one, to an upstream.
          case Limit.AtMost(long count) -> 2 * count + SPARE_DESCRIPTORS;
          case Limit.Unlimited _ -> 65_536;
        };
    return limit.get() >= wanted
        ? Finding.ok("open_files", "at most " + limit.get() + " open files")
        : Finding.warn(
            "open_files",
            "at most " + limit.get() + " open files, " + wanted + " may be needed",
            "ulimit -n " + wanted + ", or LimitNOFILE=" + wanted + " in the systemd unit");
  }

  private static Optional<Long> openFileLimit() {
    try {
      for (String line : Files.readAllLines(LIMITS)) {
        Matcher found = OPEN_FILES.matcher(line);
        if (!found.matches()) continue;
        return Optional.of(
            found.group(1).equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(found.group(1)));
      }
    } catch (IOException unknown) {
      // No Linux: nothing is known, and that is told.
    }
    return Optional.empty();
  }

  private static Finding names() {
    try {
      InetAddress found = InetAddress.getByName("localhost");
      return found.isLoopbackAddress()
          ? Finding.ok("dns.localhost", "localhost is " + found.getHostAddress())
          : Finding.fail(
              "dns.localhost",
              "localhost is " + found.getHostAddress() + ", which is not this machine",
              "mend /etc/hosts");
    } catch (UnknownHostException unknown) {
      return Finding.fail(
          "dns.localhost", "localhost has no address", "add 127.0.0.1 localhost to /etc/hosts");
    }
  }

  private static Finding ipv6() {
    try {
      boolean loopback = NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
      return loopback
          ? Finding.ok("ipv6", "there is IPv6")
          : Finding.warn(
              "ipv6", "no IPv6: addresses such as [::]:443 cannot be bound", "bind 0.0.0.0");
    } catch (SocketException | UnknownHostException none) {
      return Finding.warn(
          "ipv6", "no IPv6: addresses such as [::]:443 cannot be bound", "bind 0.0.0.0");
    }
  }
}
