package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.libp2p.host.HostEvent;
import io.fairlead.libp2p.host.HostEvents;
import io.fairlead.relay.RelayNode;
import io.fairlead.testkit.FreePorts;
import java.io.IOException;
import java.net.ConnectException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A relay that is replaced by another process while a node behind it is visited: it is the same
 * peer at the same port, nobody is refused there meanwhile, the node reserves again by itself, says
 * the same address all along, and is visited again.
 */
@Timeout(600)
class RelayUpgradeIT {
  private static final Duration SOON = Duration.ofSeconds(90);

  @TempDir private static Path cache;
  private static Launched fairlead;
  @TempDir private Path dir;

  private final AtomicBoolean over = new AtomicBoolean();
  private final AtomicInteger knocks = new AtomicInteger();
  private final AtomicInteger refused = new AtomicInteger();
  private final AtomicInteger withdrawn = new AtomicInteger();

  @BeforeAll
  static void find() {
    fairlead = Launched.built(cache);
  }

  @Test
  void aRelayIsTheSameAfterItsUpgrade() throws Exception {
    upgrades(1);
  }

  @Test
  @Tag("nightly")
  void aRelayIsTheSameAfterManyUpgrades() throws Exception {
    upgrades(8);
  }

  private void upgrades(int rounds) throws Exception {
    int port = FreePorts.one();
    Files.createDirectories(dir.resolve("state"));
    String relay = RelayNode.identity(dir.resolve("state/identity.key")).peerId().toString();
    String at = "/ip4/127.0.0.1/tcp/" + port + "/p2p/" + relay;
    String yaml =
        """
        relay:
          listen: ["/ip4/127.0.0.1/tcp/%d"]
          reachability: { mode: public }
          service: { mode: "on" }
        """
            .formatted(port);
    try (var gateway = UpgradingGateway.start(fairlead, dir, yaml, port);
        var hidden = GatewayFixture.start(hidden(at));
        var visitor = GatewayFixture.start("relay: { reachability: { mode: private } }\n")) {
      String through = at + "/p2p-circuit";
      String peer = node(hidden).host().id().toString();
      await().atMost(SOON).until(() -> says(hidden, through));
      visit(visitor, through + "/p2p/" + peer);
      Thread knocking = Thread.ofPlatform().start(() -> knock(port));
      try (var _ = watch(hidden, through)) {
        for (int round = 0; round < rounds; round++) {
          assertThat(relayOf(gateway)).contains("\"source\":\"" + node(visitor).host().id());
          long former = gateway.pid();
          UpgradingGateway.Answer answer = gateway.upgrade("{\"timeout\":\"60s\"}");
          assertThat(answer.status()).as("%s%n%s", answer.body(), gateway.log()).isEqualTo(202);
          await().atMost(SOON).until(() -> gateway.pid() != former);

          String service = "\"reservations\":[{\"peer\":\"" + peer;
          await().atMost(SOON).until(() -> relayOf(gateway).contains(service));
          assertThat(relayOf(gateway))
              .contains("\"peer_id\":\"" + relay + "\"", "\"/ip4/127.0.0.1/tcp/" + port + "\"");
          visit(visitor, through + "/p2p/" + peer);
          if (round + 1 < rounds) await().atMost(SOON).until(() -> gone(former));
        }
      } finally {
        over.set(true);
      }
      knocking.join();
      assertThat(knocks.get()).isPositive();
      assertThat(refused.get()).as("of %d", knocks.get()).isZero();
      assertThat(withdrawn.get()).isZero();
      assertThat(gateway.log()).doesNotContain("\"level\":\"ERROR\"");
    }
  }

  private static boolean gone(long pid) {
    return ProcessHandle.of(pid).filter(ProcessHandle::isAlive).isEmpty();
  }

  private static String hidden(String relay) {
    return """
        relay:
          reachability: { mode: private }
          auto: { static: ["%s"], num_relays: 1, reconnect_grace: 60s }
        """
        .formatted(relay);
  }

  private static RelayNode node(GatewayFixture gateway) {
    return gateway.gateway().relay().orElseThrow();
  }

  private static boolean says(GatewayFixture hidden, String through) {
    return node(hidden).host().addresses().stream()
        .anyMatch(each -> each.toString().equals(through));
  }

  private static String relayOf(UpgradingGateway gateway) throws IOException {
    return gateway.get("/v1/relay").body().toString();
  }

  /** The way there may just be closing: then the next one is taken. */
  private static void visit(GatewayFixture visitor, String address) {
    await()
        .atMost(SOON)
        .untilAsserted(
            () ->
                assertThat(
                        visitor
                            .api()
                            .send("POST", "/v1/relay/ping", "{\"peer\":\"" + address + "\"}")
                            .text())
                    .contains("\"relayed\":true", "rtt_seconds"));
  }

  private HostEvents.Subscription watch(GatewayFixture hidden, String through) {
    return node(hidden)
        .host()
        .events()
        .subscribe(
            "test",
            Set.of(HostEvent.LocalAddressesUpdated.class),
            64,
            event -> {
              boolean said =
                  ((HostEvent.LocalAddressesUpdated) event)
                      .addresses().stream().anyMatch(each -> each.toString().equals(through));
              if (!said) withdrawn.incrementAndGet();
            });
  }

  private void knock(int port) {
    while (!over.get()) {
      try (Socket socket = new Socket("127.0.0.1", port)) {
        socket.setSoTimeout(20);
        knocks.incrementAndGet();
        var _ = socket.getInputStream().read();
      } catch (ConnectException nobody) {
        refused.incrementAndGet();
      } catch (IOException silent) {
        // Nobody has to speak first, and whoever is let in by a process that ends is let go.
      }
    }
  }
}
