package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.testkit.RawClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** What the broker says of itself: every name of the book, with the figure that is meant. */
class SysTopicsIT {
  private static final Duration SOON = Duration.ofSeconds(60);
  private static final String BEFORE = "$SYS/broker/";
  private static final List<String> NAMES =
      names(
          "version",
          "uptime",
          "clients/{connected,disconnected,total,maximum,expired}",
          "messages/{received,sent,dropped,stored}",
          "publish/messages/{received,sent,dropped}",
          "bytes/{received,sent}",
          "subscriptions/count",
          "retained messages/count",
          "store/messages/{count,bytes}",
          "load/{messages/received,messages/sent,publish/dropped,bytes/received,bytes/sent,"
              + "connections}/{1min,5min,15min}",
          "fairlead/store/trouble",
          "fairlead/queue/{messages,bytes}",
          "fairlead/auth/{accepted,refused,broken}");

  private static List<String> names(String... patterns) {
    List<String> all = new ArrayList<>(List.of(patterns));
    Pattern choice = Pattern.compile("\\{([^}]*)}");
    for (int i = 0; i < all.size(); i++) {
      String name = all.get(i);
      var found = choice.matcher(name);
      if (!found.find()) continue;
      all.remove(i--);
      for (String one : found.group(1).split(","))
        all.add(name.substring(0, found.start()) + one + name.substring(found.end()));
    }
    return all;
  }

  private static Peer open(EmbeddedBroker broker) throws Exception {
    return new Peer(new Link.Plain(RawClient.connect(broker.port(Transport.TCP))), Version.V5);
  }

  @Test
  void everyFigureIsSaidAndMeansWhatItsNameSays() throws Exception {
    try (EmbeddedBroker broker = EmbeddedBroker.start("sys_interval: 100ms\n", made -> made);
        Peer away = open(broker);
        Peer publisher = open(broker);
        Peer broken = open(broker);
        Peer reader = open(broker)) {
      away.connect(Connect.of(Version.V5, "away").persistent());
      away.subscribe("a/#", 1).disconnect();
      publisher.connect(Connect.of(Version.V5, "p"));
      for (int i = 0; i < 3; i++) publisher.publish("a/" + i, "x".repeat(100), 1);
      broken.connect(Connect.of(Version.V5, "b"));
      broken.send("C1 00").dropped(0x81);
      reader.link().tcp().timeout(SOON);
      reader.connect(Connect.of(Version.V5, "r"));
      reader.subscribe(BEFORE + "#", 0);

      Map<String, String> said = new HashMap<>();
      await()
          .atMost(SOON)
          .until(
              () -> {
                Packet packet = reader.message();
                said.put(packet.topic().substring(BEFORE.length()), packet.text());
                return said.keySet().containsAll(NAMES)
                    && said.get("fairlead/queue/messages").equals("3")
                    && said.get("clients/connected").equals("2")
                    && said.get("fairlead/auth/broken").equals("1");
              });
      assertThat(said.keySet()).containsExactlyInAnyOrderElementsOf(NAMES);
      assertThat(said)
          .containsEntry("clients/total", "3")
          .containsEntry("clients/disconnected", "1")
          .containsEntry("publish/messages/received", "3")
          .containsEntry("messages/dropped", "0")
          .containsEntry("subscriptions/count", "2")
          .containsEntry("fairlead/auth/accepted", "4")
          .containsEntry("fairlead/auth/refused", "0")
          .containsEntry("fairlead/store/trouble", "none")
          .containsEntry("messages/stored", said.get("store/messages/count"));
      assertThat(Long.parseLong(said.get("fairlead/queue/bytes"))).isBetween(300L, 3_000L);
      assertThat(Long.parseLong(said.get("messages/stored")))
          .isGreaterThanOrEqualTo(3 + NAMES.size() - 1);
      assertThat(said.get("version")).startsWith("fairlead");
    }
  }
}
