package io.fairlead.it;

import static io.fairlead.it.ReloadHistoryIT.body;
import static io.fairlead.it.ReloadHistoryIT.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.app.reload.ConfigController.WhenBusy;
import io.fairlead.control.api.ReloadRequest;
import io.fairlead.control.api.Who;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Everybody who can change the configuration does so at once; and very often. */
class RacingTriggersIT {
  private static final int ROUNDS = 40;
  private static final String WATCHED = "# watched\n";

  @Test
  void fileApiAndSignalRaceAndTheFileWins() throws Exception {
    AtomicBoolean over = new AtomicBoolean();
    AtomicBoolean signalled = new AtomicBoolean(); // often enough
    Queue<Integer> answers = new ConcurrentLinkedQueue<>();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    try (var gateway =
        GatewayFixture.start(Files.createTempDirectory("fairlead-it"), WATCHED + site("0"))) {
      ControlApi api = gateway.api();
      List<Thread> triggers =
          List.of(
              trigger(over, failures, () -> answers.add(api.post("/v1/reload").status())),
              trigger(
                  over,
                  failures,
                  () -> answers.add(api.post("/v1/reload", api.ifMatch()).status())),
              trigger(
                  signalled,
                  failures,
                  () ->
                      gateway
                          .gateway()
                          .configuration()
                          .reload(ReloadRequest.again(new Who("signal", "HUP")), WhenBusy.WAIT)));
      for (int i = 1; i <= ROUNDS; i++) {
        gateway.replaceConfig(WATCHED + site("" + i));
        String wanted = "" + i;
        if (i % 10 == 0) await().until(() -> body(gateway).equals(wanted));
      }
      // Signals wait for their turn where the API answers 409, and could leave it none.
      signalled.set(true);
      await().atMost(Duration.ofSeconds(30)).until(() -> answers.contains(200));
      over.set(true);
      for (Thread trigger : triggers) trigger.join();
      gateway.replaceConfig(WATCHED + site("the last"));
      await().atMost(Duration.ofSeconds(20)).until(() -> body(gateway).equals("the last"));
      assertThat(failures).isEmpty();
      assertThat(answers).isNotEmpty().allMatch(status -> List.of(200, 409, 412).contains(status));
      assertThat(answers).contains(200);
      var running = gateway.gateway().configuration().running().current();
      String text = Files.readString(gateway.configFile());
      assertThat(running.reading().document().sources().getFirst().text()).isEqualTo(text);
      assertThat(gateway.gateway().configuration().history().newest().orElseThrow().generation())
          .isEqualTo(running.generation());
    }
  }

  @Test
  void manyReloadsLeaveNoDescriptorAndNoThreadBehind() throws Exception {
    stays(60, false);
  }

  @Test
  @Tag("nightly")
  void fiveHundredReloadsLeaveNothingBehind() throws Exception {
    stays(500, true);
  }

  private static void stays(int reloads, boolean heapToo) throws Exception {
    try (var gateway = GatewayFixture.start(site("0"))) {
      ControlApi api = gateway.api();
      for (int i = 0; i < 20; i++) change(gateway, api, -i);
      long descriptors = descriptors();
      int threads = ManagementFactory.getThreadMXBean().getThreadCount();
      long heap = heapToo ? heapAfterCollection() : 0;
      for (int i = 1; i <= reloads; i++) change(gateway, api, i);
      await()
          .untilAsserted(
              () -> {
                assertThat(descriptors()).isLessThanOrEqualTo(withMargin(descriptors));
                assertThat((long) ManagementFactory.getThreadMXBean().getThreadCount())
                    .isLessThanOrEqualTo(withMargin(threads));
              });
      if (!heapToo) return;
      long heapAfter = heapAfterCollection();
      System.out.printf(
          "%d reloads: heap %d KiB before, %d KiB after; descriptors %d, %d; threads %d, %d%n",
          reloads,
          heap >> 10,
          heapAfter >> 10,
          descriptors,
          descriptors(),
          threads,
          ManagementFactory.getThreadMXBean().getThreadCount());
      assertThat(heapAfter).isLessThanOrEqualTo(withMargin(heap));
    }
  }

  private static void change(GatewayFixture gateway, ControlApi api, int i) throws Exception {
    gateway.replaceConfig(site("round " + i));
    var answer = api.post("/v1/reload");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
  }

  private static long withMargin(long before) {
    return before + Math.max(3, before / 20);
  }

  private static long descriptors() throws Exception {
    try (Stream<Path> open = Files.list(Path.of("/proc/self/fd"))) {
      return open.count();
    }
  }

  private static long heapAfterCollection() {
    for (int i = 0; i < 3; i++) System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** Something that may be done again and again. */
  private interface Trigger {
    void pull() throws Exception;
  }

  private static Thread trigger(AtomicBoolean over, Queue<String> failures, Trigger trigger) {
    return Thread.ofVirtual()
        .start(
            () -> {
              while (!over.get()) {
                try {
                  trigger.pull();
                } catch (Exception failure) {
                  failures.add(failure.toString());
                  return;
                }
              }
            });
  }
}
