package io.fairlead.net.certs;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.net.acme.AcmeSettings;
import io.fairlead.net.acme.HttpChallenges;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.PemText;
import io.fairlead.net.tls.ServedCert;
import io.fairlead.net.tls.TlsShared;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Without its thread: each look is called for, at a time of the test's choice. */
class CertKeeperTest {
  private final ManualClock clock = new ManualClock();
  private final EventBus events = new EventBus();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final List<GatewayEvent> heard = new CopyOnWriteArrayList<>();
  @TempDir private Path dir;
  private CertKeeper keeper;

  @BeforeEach
  void start() {
    events.subscribe("test", 100, heard::add);
    keeper =
        new CertKeeper(
            new CertKeeper.Surroundings(
                dir, TlsShared.create(Randomness.system()), new HttpChallenges()),
            events,
            new Meters(registry),
            clock,
            Randomness.seeded(1));
  }

  @AfterEach
  void close() {
    keeper.close();
    events.close();
  }

  @Test
  void issuesTheNextInternalCertificateAfterTwoThirdsOfItsLife() throws Exception {
    CertSource source = new CertSource.Internal(List.of("a.test", "::1"));
    ServedCert place = keeper.open("a", source);
    keeper.keep(Map.of("a", source));
    CertifiedKey first = place.current().orElseThrow();
    assertThat(keeper.open("a", source)).isSameAs(place);
    clock.advance(Duration.ofDays(59));
    keeper.look();
    assertThat(place.current()).containsSame(first);
    clock.advance(Duration.ofDays(5));
    keeper.look();
    CertifiedKey second = place.current().orElseThrow();
    assertThat(second.notAfter()).isEqualTo(first.notAfter().plus(Duration.ofDays(64)));
    assertThat(second.issuer()).isEqualTo(first.issuer());
    assertThat(second.names()).contains("a.test");
    keeper.look();
    assertThat(place.current()).containsSame(second);
  }

  @Test
  void keepsTheLastGoodOneWhileTheFilesAreBrokenAndSaysSoOnce() throws Exception {
    CertSource.Files source = new CertSource.Files(dir.resolve("c.pem"), dir.resolve("k.pem"));
    write(source, issued());
    ServedCert place = keeper.open("site", source);
    keeper.keep(Map.of("site", source));
    CertifiedKey first = place.current().orElseThrow();
    Files.writeString(source.key(), "half");
    keeper.look();
    keeper.look();
    assertThat(place.current()).containsSame(first);
    assertThat(keeper.report().getFirst().lastError()).get().asString().contains("holds no key");
    Awaitility.await().until(() -> heard.size() == 1);
    assertThat(heard.getFirst().kind()).isEqualTo("cert.reload_failed");
    assertThatThrownBy(() -> keeper.open("site", source)).isInstanceOf(ConfigException.class);
    CertifiedKey next = issued();
    write(source, next);
    keeper.look();
    assertThat(place.current().orElseThrow().sameAs(next)).isTrue();
    assertThat(keeper.report().getFirst().lastError()).isEmpty();
    assertThat(changes("ok")).isEqualTo(1);
    assertThat(changes("failed")).isEqualTo(1);
  }

  @Test
  void anExpiredOneServesOnWithAnAlarm() throws Exception {
    CertSource.Files source = new CertSource.Files(dir.resolve("c.pem"), dir.resolve("k.pem"));
    write(source, issued());
    ServedCert place = keeper.open("site", source);
    keeper.keep(Map.of("site", source));
    clock.advance(Duration.ofDays(91));
    keeper.look();
    assertThat(place.current()).isPresent();
    assertThat(keeper.report().getFirst().state()).isEqualTo(CertReport.State.EXPIRED);
    assertThat(keeper.report().getFirst().lastError()).get().asString().contains("expired");
  }

  @Test
  void whatTheConfigurationDropsIsForgottenWithItsMeter() throws Exception {
    CertSource source = new CertSource.Internal(List.of("a.test"));
    keeper.open("a", source);
    assertThat(keeper.report()).as("a change that may still be discarded").isEmpty();
    keeper.keep(Map.of("a", source));
    assertThat(registry.find("fairlead.cert.expiry.timestamp.seconds").gauge()).isNotNull();
    keeper.keep(Map.of());
    assertThat(keeper.report()).isEmpty();
    assertThat(registry.find("fairlead.cert.expiry.timestamp.seconds").gauge()).isNull();
  }

  @Test
  void aServerThatDoesNotAnswerIsAskedLessAndLessAlsoAfterARestart() throws Exception {
    CertSource source =
        new CertSource.Acme(
            new AcmeSettings(
                URI.create("https://127.0.0.1:1/dir"),
                Optional.empty(),
                List.of("a.test"),
                List.of(AcmeSettings.Way.HTTP_01),
                Optional.empty(),
                Optional.empty()));
    keeper.open("pub", source);
    keeper.keep(Map.of("pub", source));
    keeper.look();
    CertReport report =
        Awaitility.await()
            .until(
                () -> keeper.report().getFirst(),
                told -> told.lastError().isPresent() && told.state() == CertReport.State.MISSING);
    assertThat(report.due().orElseThrow())
        .isBetween(clock.wall().plusSeconds(54), clock.wall().plusSeconds(66));
    start(); // another process in the same folder
    keeper.open("pub", source);
    keeper.keep(Map.of("pub", source));
    assertThat(keeper.report().getFirst().due()).isEqualTo(report.due());
  }

  private double changes(String result) {
    return registry
        .get("fairlead.cert.changes")
        .tags("source", "files", "result", result)
        .counter()
        .count();
  }

  private CertifiedKey issued() throws Exception {
    return InternalCa.open(dir.resolve("x"), Randomness.system(), clock.wall(), "/t")
        .issue(List.of("site.test"), clock.wall());
  }

  private static void write(CertSource.Files files, CertifiedKey cert) throws Exception {
    PemText.write(files.cert(), PemText.of(cert.chain()));
    PemText.write(files.key(), PemText.of(cert.key()));
  }
}
