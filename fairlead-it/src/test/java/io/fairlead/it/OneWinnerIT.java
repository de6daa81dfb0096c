package io.fairlead.it;

import static io.fairlead.it.ReloadHistoryIT.body;
import static io.fairlead.it.ReloadHistoryIT.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.app.reload.ConfigController;
import io.fairlead.app.reload.ConfigController.WhenBusy;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.ReloadResult;
import io.fairlead.control.api.Who;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.nio.file.Files;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Of several who want a change in the same moment one gets it, and the others are told so. */
@Timeout(120)
class OneWinnerIT {
  private static final int EDITORS = 8;
  private static final int ROUNDS = 6;
  private static final Duration SOON = Duration.ofSeconds(40);

  /** What an editor sent, and what became of it. */
  private record Try(String text, int status) {}

  @Test
  void ofEditorsWhoSawTheSameGenerationOneWinsAndNoOthersTextIsKept() throws Exception {
    try (var gateway = GatewayFixture.start(site("start"));
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      ControlApi api = gateway.api();
      String last = "start";
      for (int round = 0; round < ROUNDS; round++) {
        String tag = api.ifMatch();
        long before = generation(gateway);
        CountDownLatch go = new CountDownLatch(1);
        List<Future<Try>> tries = new ArrayList<>();
        for (int i = 0; i < EDITORS; i++) {
          String text = round + "-" + i;
          tries.add(threads.submit(() -> save(gateway, text, tag, go)));
        }
        // A signal of the same moment may be the one who is at work: then no editor is let in.
        int signals = round % 2;
        List<Future<ReloadResult>> heard = new ArrayList<>();
        for (int i = 0; i < signals; i++) {
          heard.add(
              threads.submit(
                  () -> {
                    go.await();
                    return hangUp(gateway);
                  }));
        }
        go.countDown();
        List<Try> done = new ArrayList<>();
        for (Future<Try> each : tries) done.add(each.get());
        for (Future<ReloadResult> each : heard) {
          assertThat(each.get()).isInstanceOf(ReloadResult.Applied.class);
        }
        List<Try> won = done.stream().filter(each -> each.status() == 200).toList();
        assertThat(won).as("%s", done).hasSizeBetween(1 - signals, 1);
        assertThat(done.stream().filter(each -> each.status() != 200))
            .as("%s", done)
            .extracting(Try::status)
            .isSubsetOf(409, 412);
        assertThat(generation(gateway)).isEqualTo(before + won.size());
        String text = won.isEmpty() ? last : won.getFirst().text();
        assertThat(body(gateway)).isEqualTo(text);
        assertThat(api.get("/v1/now?path=/http/site/routes/0/respond/body").text())
            .as("what is said to run is what runs")
            .contains("\"" + text + "\"");
        assertThat(Files.readString(gateway.configFile()))
            .isEqualTo(GatewayFixture.whole(gateway.dir(), site(text)));
        last = text;
      }
      // Who saw a generation that is gone is told 412, whoever else is at work.
      assertThat(api.send("PUT", "/v1/config/source", "x", "If-Match: \"g1-0\"").status())
          .isEqualTo(412);
    }
  }

  @Test
  void whileAChangeIsUnderWayTheApiIsToldAndFileAndSignalsBecomeOneChangeAfterIt()
      throws Exception {
    try (var gateway = GatewayFixture.start("# watched\n" + site("0"))) {
      ControlApi api = gateway.api();
      String tag = api.ifMatch();
      long before = generation(gateway);
      ConfigController<?> controller = gateway.gateway().configuration();
      assertThat(controller.freeze()).isTrue();
      for (int i = 1; i <= 5; i++) {
        gateway.replaceConfig("# watched\n" + site("" + i));
        assertThat(api.post("/v1/reload").status()).isEqualTo(409);
        Response put = api.send("PUT", "/v1/config/source", "x", tag);
        assertThat(put.status()).as(put.text()).isEqualTo(409);
        assertThat(ControlApi.value(put, "generation")).isEqualTo("" + before);
        assertThat(hangUp(gateway)).isInstanceOf(ReloadResult.Busy.class);
      }
      assertThat(body(gateway)).isEqualTo("0");
      controller.thaw();
      await().atMost(SOON).until(() -> body(gateway).equals("5"));
      // The watch saw the files too, whose content runs by now: nothing is left to change.
      gateway.replaceConfig("# watched\n" + site("last"));
      await().atMost(SOON).until(() -> body(gateway).equals("last"));
      assertThat(generation(gateway)).isEqualTo(before + 2);
      List<String> who = new ArrayList<>();
      controller.history().list().forEach(record -> who.add(record.who().kind()));
      assertThat(who).contains("signal", "file", "start").hasSize(3);
    }
  }

  private static Try save(GatewayFixture gateway, String text, String tag, CountDownLatch go)
      throws Exception {
    String whole = GatewayFixture.whole(gateway.dir(), site(text));
    ControlApi api = gateway.api();
    go.await();
    return new Try(text, api.send("PUT", "/v1/config/source", whole, tag).status());
  }

  private static ReloadResult hangUp(GatewayFixture gateway) {
    return gateway
        .gateway()
        .configuration()
        .reload(ReloadRequest.again(new Who("signal", "HUP")), WhenBusy.WAIT);
  }

  private static long generation(GatewayFixture gateway) {
    return gateway.gateway().configuration().running().current().generation();
  }
}
