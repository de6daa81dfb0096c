package io.fairlead.it.libp2p;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.mux.YamuxSettings;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Talks with peers built on go-libp2p and js-libp2p, in both directions. */
class Libp2pPeersIT {
  private static final Duration WITHIN = Duration.ofSeconds(60);
  private static final int BULK = 16_000_000;

  /** Unmasking under the leak detector takes longer than all the rest. */
  private static final int BULK_WS = 1_000_000;

  private static Proc peer(String kind, String security, String transport, String... words)
      throws IOException {
    boolean js = kind.equals("js");
    String dashes = js ? "--" : "-";
    List<String> command = new ArrayList<>();
    command.add(Peers.require("libp2p-" + kind + "-peer").toString());
    command.add(dashes + "security=" + security);
    command.add(dashes + "transport=" + transport);
    command.addAll(List.of(words));
    return Proc.start(command.toArray(String[]::new));
  }

  private static Multiaddr addressOf(Proc listening) throws Exception {
    String line = listening.awaitLine("listening ", WITHIN);
    return Multiaddr.parse(line.substring("listening ".length()));
  }

  private static String resultOf(Proc dialling, String scenario) {
    return dialling
        .stdout()
        .lines()
        .filter(line -> line.startsWith("ok " + scenario))
        .findFirst()
        .orElseThrow(() -> new AssertionError(dialling.stderr()))
        .split(" ")[2];
  }

  @ParameterizedTest
  @CsvSource({
    "go, noise, tcp",
    "go, tls, tcp",
    "go, noise, ws",
    "js, noise, tcp",
    "js, tls, tcp",
    "js, noise, ws"
  })
  void theyDialUs(String kind, String security, String transport) throws Exception {
    try (OurPeer us = new OurPeer(security)) {
      String address = us.listen(transport).toString();
      String bulk = "=" + (transport.equals("ws") ? BULK_WS : BULK);
      try (Proc they =
          peer(
              kind,
              security,
              transport,
              "dial",
              address,
              "ping",
              "identify",
              "echo=20000",
              "streams=200",
              "half=300000",
              "reset",
              "upload" + bulk,
              "download" + bulk,
              "push")) {
        assertThat(they.awaitExit(WITHIN)).as(they.stderr()).isZero();
        assertThat(resultOf(they, "identify")).startsWith(OurPeer.AGENT);
        // The reset's code reaches those who look at it.
        assertThat(resultOf(they, "reset"))
            .isEqualTo(kind.equals("go") ? "4242" : "StreamResetError");
        await().until(() -> us.pushedProtocols().contains("/fairlead/pushed/1"));
        assertThat(us.failures).isEmpty();
      }
      await().untilAsserted(() -> assertThat(us.budget.usedBytes()).isZero());
    }
  }

  @ParameterizedTest
  @CsvSource({
    "go, noise, tcp",
    "go, tls, tcp",
    "go, noise, ws",
    "js, noise, tcp",
    "js, tls, tcp",
    "js, noise, ws"
  })
  void weDialThem(String kind, String security, String transport) throws Exception {
    try (OurPeer us = new OurPeer(security);
        Proc they = peer(kind, security, transport, "listen")) {
      PeerConnection to = us.dial(addressOf(they));
      OurPeer.ping(to);
      IdentifyMessage said = OurPeer.identify(to);
      assertThat(said.protocols()).contains(OurPeer.ECHO, OurPeer.PUSH);
      us.push(to);
      OurPeer.echo(to, "hello".repeat(20_000));
      OurPeer.manyEchoes(to, 200);
      assertThat(OurPeer.counted(to, OurPeer.HALF, 300_000)).isEqualTo("300000");
      assertThat(OurPeer.resetOf(to)).contains(kind.equals("go") ? "reset, code 4242" : "reset");
      int bulk = transport.equals("ws") ? BULK_WS : BULK;
      assertThat(OurPeer.upload(to, bulk)).isZero();
      assertThat(OurPeer.download(to, bulk)).isEqualTo(bulk);
      assertThat(to.isOpen()).isTrue();
    }
  }

  /** Their reader sleeps: we send one window and keep a bounded rest; then all of it arrives. */
  @ParameterizedTest
  @CsvSource({"go", "js"})
  void aSleepingReaderThereStopsUs(String kind) throws Exception {
    int total = 8_000_000;
    try (OurPeer us = new OurPeer("noise");
        Proc they = peer(kind, "noise", "tcp", "listen")) {
      PeerConnection to = us.dial(addressOf(they));
      BlockingStream stream = OurPeer.open(to, OurPeer.SLEEP);
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      OurPeer.write(stream.out(), total);
                      stream.closeWrite();
                    } catch (IOException failed) {
                      stream.reset(1);
                    }
                  });
      assertThat(writer.join(Duration.ofMillis(700))).isFalse();
      assertThat(stream.channel().unsafe().outboundBuffer().totalPendingWriteBytes())
          .isLessThan(512 * 1024);
      OurPeer.echo(to, "not held up by it");
      they.stdin().write("wake\n".getBytes(US_ASCII));
      they.stdin().flush();
      assertThat(new String(stream.in().readAllBytes(), US_ASCII))
          .isEqualTo(Integer.toString(total));
      assertThat(writer.join(WITHIN)).isTrue();
    }
  }

  /** Our reader sleeps: they send one window, and we hold no more than that. */
  @ParameterizedTest
  @CsvSource({"go", "js"})
  void aSleepingReaderHereHoldsOneWindow(String kind) throws Exception {
    try (OurPeer us = new OurPeer("noise")) {
      String address = us.listen("tcp").toString();
      try (Proc they = peer(kind, "noise", "tcp", "dial", address, "sleep=8000000")) {
        await()
            .atMost(WITHIN)
            .until(() -> us.budget.usedBytes() >= YamuxSettings.WINDOW_START - 16 * 1024);
        assertThat(they.alive()).isTrue();
        assertThat(us.budget.usedBytes()).isLessThanOrEqualTo(YamuxSettings.WINDOW_START);
        us.wake.countDown();
        assertThat(they.awaitExit(WITHIN)).as(they.stderr()).isZero();
      }
      assertThat(us.failures).isEmpty();
    }
  }

  @Tag("nightly")
  @ParameterizedTest
  @CsvSource({"go, noise", "go, tls", "js, noise"})
  void aThousandStreamsAndMuchMoreBytes(String kind, String security) throws Exception {
    try (OurPeer us = new OurPeer(security);
        Proc they = peer(kind, security, "tcp", "listen")) {
      PeerConnection to = us.dial(addressOf(they));
      OurPeer.manyEchoes(to, 1000);
      assertThat(OurPeer.upload(to, 400_000_000)).isZero();
      assertThat(OurPeer.download(to, 400_000_000)).isEqualTo(400_000_000);
      String address = us.listen("tcp").toString();
      try (Proc dialling =
          peer(
              kind,
              security,
              "tcp",
              "dial",
              address,
              "streams=1000",
              "upload=400000000",
              "download=400000000",
              "connections=100")) {
        assertThat(dialling.awaitExit(Duration.ofMinutes(3))).as(dialling.stderr()).isZero();
      }
      assertThat(us.failures).isEmpty();
    }
  }

  /** A thousand at once with the faster of the two, each time. */
  @Test
  void aThousandStreamsAtOnce() throws Exception {
    try (OurPeer us = new OurPeer("noise");
        Proc they = peer("go", "noise", "tcp", "listen")) {
      PeerConnection to = us.dial(addressOf(they));
      OurPeer.manyEchoes(to, 1000);
      String address = us.listen("tcp").toString();
      try (Proc dialling = peer("go", "noise", "tcp", "dial", address, "streams=1000")) {
        assertThat(dialling.awaitExit(WITHIN)).as(dialling.stderr()).isZero();
      }
      assertThat(us.failures).isEmpty();
    }
  }
}
