package io.fairlead.it;

import static io.fairlead.it.ControlApi.value;
import static io.fairlead.it.ReloadHistoryIT.body;
import static io.fairlead.it.ReloadHistoryIT.reload;
import static io.fairlead.it.ReloadHistoryIT.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;

/** Changes that the gateway undoes by itself. */
class ConfirmAndGuardIT {
  @Test
  void whatNobodyConfirmsIsUndone() throws Exception {
    try (var gateway = GatewayFixture.start(site("good"))) {
      Response applied = reload(gateway, site("risky"), "?confirm_within=300ms");
      assertThat(applied.status()).as(applied.text()).isEqualTo(200);
      assertThat(applied.text()).contains("confirm_by");
      assertThat(body(gateway)).isEqualTo("risky");
      await().until(() -> body(gateway).equals("good"));
      await()
          .untilAsserted(
              () ->
                  assertThat(gateway.api().get("/v1/config/history").text().replaceAll("\\s", ""))
                      .contains("\"kind\":\"rollback\",\"name\":\"unconfirmed\"")
                      .contains("\"result\":\"rolled_back\""));
      assertThat(gateway.gateway().configuration().running().current().generation()).isEqualTo(3);
      assertThat(gateway.api().post("/v1/confirm").status()).isEqualTo(404);
      assertThat(gateway.api().get("/metrics").text())
          .contains("fairlead_config_rollbacks_total{reason=\"unconfirmed\"} 1");
    }
  }

  @Test
  void whatIsConfirmedStays() throws Exception {
    try (var gateway = GatewayFixture.start(site("good"))) {
      reload(gateway, site("better"), "?confirm_within=20s");
      Response confirmed = gateway.api().post("/v1/confirm");
      assertThat(confirmed.status()).isEqualTo(200);
      assertThat(value(confirmed, "generation")).isEqualTo("2");
      assertThat(gateway.gateway().configuration().confirmBy()).isEmpty();
      assertThat(gateway.api().get("/v1/config/history/2").text().replaceAll("\\s", ""))
          .contains("\"result\":\"confirmed\"");
      assertThat(body(gateway)).isEqualTo("better");
    }
  }

  @Test
  void aProcessThatDiesInTheWindowStartsWithWhatWasBefore() throws Exception {
    var first = GatewayFixture.start(Files.createTempDirectory("fairlead-it"), site("good"));
    reload(first, site("risky"), "?confirm_within=10m");
    try (var again = GatewayFixture.again(first.stopAndKeep())) {
      assertThat(body(again)).isEqualTo("good");
    }
  }

  @Test
  void aSecondChangeInTheWindowKeepsTheFirstWayBackOrConfirms() throws Exception {
    try (var gateway = GatewayFixture.start(site("good"))) {
      reload(gateway, site("risky"), "?confirm_within=10m");
      reload(gateway, site("riskier"), "?confirm_within=300ms");
      await().until(() -> body(gateway).equals("good"));
      // Going back may still be under way when its effect is seen already.
      await().until(() -> reload(gateway, site("other"), "?confirm_within=10m").status() == 200);
      assertThat(reload(gateway, site("final"), "").status()).isEqualTo(200);
      assertThat(gateway.gateway().configuration().confirmBy()).isEmpty();
      assertThat(body(gateway)).isEqualTo("final");
    }
  }

  @Test
  void answersThatBeginToFailUndoTheChange() throws Exception {
    String guard =
        "\nruntime: { state_dir: @DIR@/state, guard: { window: 20s, min_requests: 20 } }\n";
    String bad = site("bad").replace("status: 200", "status: 500");
    try (var gateway = GatewayFixture.start(site("good"))) {
      guarded(gateway, guard + site("better"));
      assertThat(body(gateway)).isEqualTo("better");
      guarded(gateway, guard + bad);
      for (int i = 0; i < 30; i++) {
        try (RawClient client = gateway.client("web")) {
          client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
        }
      }
      await().until(() -> body(gateway).equals("better"));
      await()
          .untilAsserted(
              () ->
                  assertThat(gateway.api().get("/v1/config/history").text()).contains("\"guard\""));
    }
  }

  private static void guarded(GatewayFixture gateway, String yaml) throws Exception {
    String whole = GatewayFixture.whole(gateway.dir(), yaml);
    int first = whole.indexOf("runtime:");
    String once = whole.substring(0, first) + whole.substring(whole.indexOf('\n', first) + 1);
    GatewayFixture.replace(gateway.configFile(), once);
    Response answer = gateway.api().post("/v1/reload");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }
}
