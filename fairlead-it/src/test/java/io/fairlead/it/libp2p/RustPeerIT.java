package io.fairlead.it.libp2p;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Talks with a peer built on rust-libp2p ({@code cargo build --release} in interop/rust, which
 * takes minutes), both ways. Its resets carry no code.
 */
@Tag("nightly")
class RustPeerIT {
  private static final int BULK = 16_000_000;

  @ParameterizedTest
  @ValueSource(strings = {"noise", "tls"})
  void weDial(String security) throws Exception {
    PeerRow row = new PeerRow("rust", security, "tcp");
    try (OurPeer us = new OurPeer(security);
        Proc they = row.listen()) {
      PeerConnection to = us.dial(PeerRow.addressOf(they));
      OurPeer.ping(to);
      assertThat(OurPeer.identify(to).protocols()).contains(OurPeer.ECHO, OurPeer.PUSH);
      try {
        us.push(to);
      } catch (IOException dropped) {
        // It takes the message and lets go of the stream, whose end may not have come by then.
        assertThat(dropped).hasMessageContaining("reset");
      }
      OurPeer.echo(to, "hello".repeat(20_000));
      assertThat(OurPeer.counted(to, OurPeer.HALF, 300_000)).isEqualTo("300000");
      assertThat(OurPeer.resetOf(to)).contains("reset");
      assertThat(OurPeer.upload(to, BULK)).isZero();
      assertThat(OurPeer.download(to, BULK)).isEqualTo(BULK);
      OurPeer.heldEchoes(to, 1000);
      assertThat(to.isOpen()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"noise", "tls"})
  void itDialsUs(String security) throws Exception {
    PeerRow row = new PeerRow("rust", security, "tcp");
    List<String> scenarios =
        List.of(
            "ping",
            "identify",
            "push",
            "echo=20000",
            "half=300000",
            "reset",
            "upload=" + BULK,
            "download=" + BULK,
            "streams=1000",
            "connections=20");
    try (OurPeer us = new OurPeer(security);
        Proc they = row.dial(us.listen("tcp"), scenarios)) {
      assertThat(they.awaitExit(PeerRow.WITHIN)).as(they.stderr()).isZero();
      assertThat(they.stdout()).contains("ok identify " + OurPeer.AGENT);
      assertThat(us.pushedProtocols()).contains("/fairlead/pushed/1");
      // Who only comes and goes does not wait to hear who we are.
      assertThat(us.failures)
          .allSatisfy(each -> assertThat(each).hasMessageContaining("/ipfs/id/"));
      await().atMost(PeerRow.WITHIN).until(() -> us.budget.usedBytes() == 0);
    }
  }
}
