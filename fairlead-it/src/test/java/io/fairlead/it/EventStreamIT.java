package io.fairlead.it;

import static io.fairlead.it.ReloadHistoryIT.reload;
import static io.fairlead.it.ReloadHistoryIT.site;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.RawClient;
import org.junit.jupiter.api.Test;

/** What happens, as it happens, to those who watch. */
class EventStreamIT {
  @Test
  void aWatcherSeesChangesAndComesBackWhereItLeft() throws Exception {
    try (var gateway = GatewayFixture.start(site("one"))) {
      String id;
      try (RawClient watcher = gateway.api().open("/v1/events?type=config.*")) {
        String head = watcher.readUntil("\r\n\r\n");
        assertThat(head).startsWith("HTTP/1.1 200").contains("text/event-stream");
        reload(gateway, site("two"), "");
        String event = watcher.readUntil("\n\n\r\n") + watcher.readUntil("\n\n\r\n");
        assertThat(event).contains("event: config.applied").contains("\"generation\":2");
        id = event.substring(event.indexOf("id: ") + 4).lines().findFirst().orElseThrow();
      }
      reload(gateway, site("three"), "");
      reload(gateway, "nonsense: 1", "");
      try (RawClient back =
          gateway.api().open("/v1/events?type=config.*", "Last-Event-ID: " + id)) {
        back.readUntil("\r\n\r\n");
        assertThat(back.readUntil("config.rejected"))
            .contains("\"generation\":3")
            .doesNotContain("\"generation\":2,")
            .doesNotContain("event: gap");
      }
      try (RawClient stranger = gateway.api().open("/v1/events", "Last-Event-ID: other-17")) {
        assertThat(stranger.readUntil("event: config.rejected")).contains("event: gap");
      }
      try (RawClient late = gateway.api().open("/v1/events?since=1m&type=config.rejected")) {
        assertThat(late.readUntil("event: config.rejected")).doesNotContain("config.applied");
      }
    }
  }
}
