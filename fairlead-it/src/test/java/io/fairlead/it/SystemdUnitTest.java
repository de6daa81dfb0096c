package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The unit file we ship: whole, understood by systemd, and as closed as we say. */
class SystemdUnitTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final int NOTIFY_RELOAD_SINCE = 253;

  @TempDir private Path dir;

  @Test
  void everyPromisedLineIsThere() throws IOException {
    List<String> lines = unit().lines().toList();
    assertThat(lines)
        .contains(
            "Type=notify-reload",
            "ExecStart=/usr/bin/fairlead run -c /etc/fairlead/fairlead.yaml",
            "ExecReload=/usr/bin/fairlead reload -c /etc/fairlead/fairlead.yaml",
            "KillMode=mixed",
            "TimeoutStopSec=45",
            "Restart=on-failure",
            "LimitNOFILE=65536",
            "DynamicUser=yes",
            "StateDirectory=fairlead",
            "RuntimeDirectory=fairlead",
            "ConfigurationDirectory=fairlead",
            "LogsDirectory=fairlead",
            "RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_NETLINK",
            "SystemCallArchitectures=native",
            "SystemCallFilter=@system-service",
            "CapabilityBoundingSet=CAP_NET_BIND_SERVICE",
            "AmbientCapabilities=CAP_NET_BIND_SERVICE",
            "UMask=0077",
            "ProtectSystem=strict",
            "MemoryDenyWriteExecute=no");
    for (String closed :
        List.of(
            "NoNewPrivileges",
            "ProtectHome",
            "PrivateTmp",
            "PrivateDevices",
            "ProtectKernelTunables",
            "ProtectKernelModules",
            "ProtectKernelLogs",
            "ProtectControlGroups",
            "ProtectClock",
            "ProtectHostname",
            "RestrictNamespaces",
            "RestrictRealtime",
            "RestrictSUIDSGID",
            "LockPersonality",
            "RemoveIPC")) {
      assertThat(lines).contains(closed + "=yes");
    }
  }

  @Test
  void systemdUnderstandsEveryLineAndFindsItClosed() throws Exception {
    String analyze = Peers.require("systemd-analyze").toString();
    Path file = dir.resolve("fairlead.service");
    // The program is not installed here, and an older systemd has the drop-in our book names.
    String text = unit().replace("/usr/bin/fairlead", "/bin/true");
    if (version(analyze) < NOTIFY_RELOAD_SINCE) text = text.replace("notify-reload", "notify");
    Files.writeString(file, text);
    String verified = run(analyze, "verify", "--man=no", file.toString());
    assertThat(verified.lines().filter(line -> line.contains("fairlead.service"))).isEmpty();
    String found = run(analyze, "security", "--offline=true", "--no-pager", file.toString());
    Matcher exposure = Pattern.compile("Overall exposure level.*: (\\d+\\.\\d+)").matcher(found);
    assertThat(exposure.find()).as(found).isTrue();
    assertThat(Double.parseDouble(exposure.group(1))).as(found).isLessThanOrEqualTo(2.5);
  }

  private int version(String analyze) throws Exception {
    Matcher version = Pattern.compile("systemd (\\d+)").matcher(run(analyze, "--version"));
    assertThat(version.find()).isTrue();
    return Integer.parseInt(version.group(1));
  }

  private String run(String... command) throws Exception {
    try (Proc program = Proc.start(List.of(command), dir, Map.of())) {
      int exit = program.awaitExit(SOON);
      String all = program.stdout() + "\n" + program.stderr();
      assertThat(exit).as(all).isZero();
      return all;
    }
  }

  private static String unit() throws IOException {
    return Files.readString(GoodConfigs.root().resolve("packaging/systemd/fairlead.service"));
  }
}
