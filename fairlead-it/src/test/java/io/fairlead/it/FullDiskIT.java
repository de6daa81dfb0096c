package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.app.doctor.Doctor;
import io.fairlead.app.doctor.Finding;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The state directory on a disk of its own that fills up. */
@ExpectedErrors("audit line lost")
class FullDiskIT {
  private Path dir;
  private Path state;
  private SmallDisk disk;

  @BeforeEach
  void mount() throws Exception {
    dir = Files.createTempDirectory("fairlead-it");
    state = dir.resolve("state");
    disk = SmallDisk.mount(state, "512k");
  }

  @AfterEach
  void unmount() throws Exception {
    if (disk != null) disk.close();
    try (Stream<Path> files = Files.walk(dir)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) Files.delete(each);
    }
  }

  @Test
  void aChangeThatFindsNoRoomIsNotMadeAndTheNextOneIs() throws Exception {
    GatewayFixture gateway = GatewayFixture.start(dir, ReloadHistoryIT.site("one"));
    try {
      assertThat(reload(gateway, "two").status()).isEqualTo(200);
      disk.fill(0);
      Response refused = reload(gateway, "three");
      assertThat(refused.status()).as(refused.text()).isEqualTo(500);
      assertThat(refused.text()).contains("prepare_failed", "F2210", "\"generation\":2");
      assertThat(ReloadHistoryIT.body(gateway)).isEqualTo("two");
      assertThat(names(state.resolve("history"))).containsExactlyInAnyOrder("1.json", "2.json");
      // Lines of the audit file fit until their block is full; from then on they are told as lost.
      for (int i = 0; i < 100 && lostLines(gateway) == 0; i++) reload(gateway, "three");
      assertThat(lostLines(gateway)).isPositive();
      assertThat(gateway.control("/livez").status()).isEqualTo(200);

      disk.empty();
      Response made = reload(gateway, "three");
      assertThat(made.status()).as(made.text()).isEqualTo(200);
      assertThat(made.text().replaceAll("\\s", "")).contains("\"generation\":3");
      assertThat(ReloadHistoryIT.body(gateway)).isEqualTo("three");
    } finally {
      gateway.stopAndKeep();
    }
    assertThat(Doctor.audit(state.resolve("audit.log")))
        .as("nothing half written, and the chain holds over the gap")
        .extracting(Finding::level)
        .isEqualTo(Finding.Level.OK);
  }

  @Test
  void aTornNewestGenerationAndALostKeyAreGotOver() throws Exception {
    GatewayFixture gateway = GatewayFixture.start(dir, ReloadHistoryIT.site("one"));
    try {
      assertThat(reload(gateway, "two").status()).isEqualTo(200);
    } finally {
      gateway.stopAndKeep();
    }
    Path newest = state.resolve("history").resolve("2.json");
    byte[] whole = Files.readAllBytes(newest);
    Files.write(newest, Arrays.copyOf(whole, whole.length - 10));
    gateway = GatewayFixture.again(dir);
    try {
      assertThat(ReloadHistoryIT.body(gateway)).isEqualTo("two");
      String list = gateway.api().get("/v1/config/history").text().replaceAll("\\s", "");
      assertThat(list).contains("\"generation\":3,").doesNotContain("\"generation\":2,");
      Files.delete(state.resolve("history.key"));
      assertThat(reload(gateway, "four").status()).isEqualTo(200);
      list = gateway.api().get("/v1/config/history").text().replaceAll("\\s", "");
      assertThat(list).as("sealed anew").contains("\"generation\":4,");
      assertThat(list).as("with the key that is gone").doesNotContain("\"generation\":1,");
    } finally {
      gateway.stopAndKeep();
    }
  }

  private static long lostLines(GatewayFixture gateway) throws IOException {
    return gateway
        .api()
        .get("/metrics")
        .text()
        .lines()
        .filter(line -> line.startsWith("fairlead_audit_failed_total "))
        .mapToLong(line -> (long) Double.parseDouble(line.split(" ")[1]))
        .sum();
  }

  private static Response reload(GatewayFixture gateway, String body) throws IOException {
    return ReloadHistoryIT.reload(gateway, ReloadHistoryIT.site(body), "");
  }

  private static List<String> names(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }
}
