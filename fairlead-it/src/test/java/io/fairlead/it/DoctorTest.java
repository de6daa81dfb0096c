package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code fairlead doctor} on machines and configurations with one thing wrong each. */
class DoctorTest {
  private static final JsonMapper JSON = JsonMapper.shared();

  @TempDir Path dir;

  @Test
  void aSoundConfigurationHasNoFailure() throws Exception {
    Pem.selfMade(dir, "site");
    Files.setPosixFilePermissions(
        dir.resolve("site.key"), PosixFilePermissions.fromString("rw-------"));
    try (ServerSocket up = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      Map<String, String> found =
          examine(
              """
              certs: { site: { files: { cert: site.crt, key: site.key } } }
              listeners: { web: { bind: "127.0.0.1:0", proto: echo } }
              upstreams: { app: { endpoints: [ { address: "127.0.0.1:%d" } ] } }
              """
                  .formatted(up.getLocalPort()),
              "--security");
      assertThat(found.values()).doesNotContain("fail");
      assertThat(found)
          .containsEntry("java", "ok")
          .containsEntry("config", "ok")
          .containsEntry("state_dir", "ok")
          .containsEntry("upstream.app", "ok")
          .containsEntry("mode.tls.site", "ok")
          .containsEntry("tls.chain", "warn")
          .containsEntry("open.web", "ok")
          .containsEntry("open.control", "ok");
    }
  }

  @Test
  void aTakenPortIsToldWithItsHolder() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 5, InetAddress.getLoopbackAddress())) {
      String text =
          run(
              "listeners: { web: { bind: \"127.0.0.1:%d\", proto: echo } }"
                  .formatted(taken.getLocalPort()),
              1);
      assertThat(text)
          .contains("fail  port.web", "held by", "process " + ProcessHandle.current().pid());
    }
  }

  @Test
  void aServerThatIsDownIsToldAndIsNoFailure() throws Exception {
    int free = FreePorts.one();
    assertThat(
            examine(
                "upstreams: { app: { endpoints: [ { address: \"127.0.0.1:%d\" } ] } }"
                    .formatted(free)))
        .containsEntry("upstream.app", "warn");
  }

  @Test
  void wrongCertificatesAreToldByWhatIsWrong() throws Exception {
    Pem.selfMade(dir, "site");
    Pem.selfMade(dir, "other");
    assertThat(run("certs: { site: { files: { cert: site.crt, key: other.key } } }", 1))
        .contains("fail  tls.site", "does not belong");
    Files.setPosixFilePermissions(
        dir.resolve("site.key"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(examine("certs: { site: { files: { cert: site.crt, key: site.key } } }"))
        .containsEntry("mode.tls.site", "warn")
        .containsEntry("tls.site", "warn"); // two days are left
    Files.copy(dir.resolve("site.crt"), dir.resolve("chain.crt"));
    Files.writeString(
        dir.resolve("chain.crt"),
        Files.readString(dir.resolve("site.crt"))
            + Files.readString(dir.resolve("other.crt")).strip());
    assertThat(run("certs: { site: { files: { cert: gone.crt, key: site.key } } }", 1))
        .contains("fail  tls.site");
  }

  @Test
  void openAndCarelessSettingsAreTold() throws Exception {
    Files.createDirectories(dir.resolve("state"));
    Files.setPosixFilePermissions(
        dir.resolve("state"), PosixFilePermissions.fromString("rwxr-xr-x"));
    Map<String, String> found =
        examine(
            """
            listeners:
              web: { bind: "0.0.0.0:0", proto: echo }
            forward: { egress: {} }
            upstreams:
              app: { endpoints: [], tls: { insecure_skip_verify: true } }
            """,
            "--security");
    assertThat(found)
        .containsEntry("state_dir", "warn")
        .containsEntry("open.web", "warn")
        .containsEntry("auth.forward.egress", "warn")
        .containsEntry("tls.upstream.app", "fail");
  }

  @Test
  void aBrokenConfigurationIsAFailureWithItsFix() throws Exception {
    assertThat(run("listenrs: {}", 1))
        .contains("fail  config.F1104", "fix: did you mean `listeners`?");
  }

  @Test
  void anAuditFileIsCheckedByItself() throws Exception {
    Path audit = dir.resolve("copy.log");
    try (Guarded guarded = Guarded.start(dir, "", "")) {
      guarded.login();
      guarded.login();
      Files.copy(dir.resolve("state/audit.log"), audit);
    }
    assertThat(doctor(0, "--audit", audit.toString())).contains("ok", "2 lines", "whole");
    Files.writeString(audit, Files.readString(audit).replace("accepted", "rejected"));
    assertThat(doctor(1, "--audit", audit.toString())).contains("fail", "prev");
    assertThat(doctor(1, "--audit", dir.resolve("none").toString())).contains("cannot be read");
  }

  private Map<String, String> examine(String yaml, String... more) throws IOException {
    List<String> words = new ArrayList<>(List.of("--json", "-c", write(yaml).toString()));
    words.addAll(List.of(more));
    words.addFirst("doctor");
    CommandLine.Outcome outcome = CommandLine.run(dir, words.toArray(String[]::new));
    JsonNode report = JSON.readTree(outcome.out());
    assertThat(report.get("schema").stringValue()).isEqualTo("fairlead.doctor/1");
    Map<String, String> levels = new LinkedHashMap<>();
    report
        .get("findings")
        .forEach(
            finding -> {
              levels.put(finding.get("check").stringValue(), finding.get("level").stringValue());
              boolean well = finding.get("level").stringValue().equals("ok");
              assertThat(finding.get("fix").stringValue().isEmpty())
                  .as(finding.toString())
                  .isEqualTo(well);
            });
    int worst = levels.containsValue("fail") ? 1 : levels.containsValue("warn") ? 3 : 0;
    assertThat(outcome.exit()).isEqualTo(worst);
    return levels;
  }

  private String run(String yaml, int exit) throws IOException {
    return doctor(exit, "-c", write(yaml).toString());
  }

  private String doctor(int exit, String... words) {
    List<String> all = new ArrayList<>(List.of("doctor"));
    all.addAll(List.of(words));
    CommandLine.Outcome outcome = CommandLine.run(dir, all.toArray(String[]::new));
    assertThat(outcome.exit()).as(outcome.out() + outcome.err()).isEqualTo(exit);
    return outcome.out();
  }

  private Path write(String yaml) throws IOException {
    return Files.writeString(
        dir.resolve("fairlead.yaml"),
        "version: 1\ncontrol: { listen: off, socket: run/none.sock }\n" + yaml);
  }
}
