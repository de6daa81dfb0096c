package io.fairlead.it.libp2p;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.mux.YamuxSettings;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.testkit.Proc;
import io.netty.buffer.PooledByteBufAllocator;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Sleeping readers on either side, and the long forms of the talk with peers of others. */
class Libp2pPeersIT {
  private static final Duration WITHIN = PeerRow.WITHIN;
  private static final int SLEPT_OVER = 8_000_000;

  /** Less than what is sent meanwhile, more than arenas take by themselves. */
  private static final long MEMORY_MAX = 16L << 20;

  /** Their reader sleeps: we send one window and keep a bounded rest; then all of it arrives. */
  @ParameterizedTest
  @CsvSource({"go, noise", "go, tls", "js, noise", "js, tls"})
  void aSleepingReaderThereStopsUs(String kind, String security) throws Exception {
    sleepingThere(new PeerRow(kind, security, "tcp"), SLEPT_OVER);
  }

  private static void sleepingThere(PeerRow row, int total) throws Exception {
    try (OurPeer us = new OurPeer(row.security());
        Proc they = row.listen()) {
      PeerConnection to = us.dial(PeerRow.addressOf(they));
      BlockingStream stream = OurPeer.open(to, OurPeer.SLEEP);
      long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
      CountDownLatch writing = new CountDownLatch(1);
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try {
                      writing.countDown();
                      OurPeer.write(stream.out(), total);
                      stream.closeWrite();
                    } catch (IOException failed) {
                      stream.reset(1);
                    }
                  });
      writing.await();
      await().atMost(WITHIN).until(() -> !stream.channel().isWritable());
      assertThat(writer.join(Duration.ofMillis(700))).isFalse();
      assertThat(stream.channel().unsafe().outboundBuffer().totalPendingWriteBytes())
          .isLessThan(512 * 1024);
      OurPeer.echo(to, "not held up by it");
      assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before)
          .isLessThan(MEMORY_MAX);
      they.stdin().write("wake\n".getBytes(US_ASCII));
      they.stdin().flush();
      assertThat(new String(stream.in().readAllBytes(), US_ASCII))
          .isEqualTo(Integer.toString(total));
      assertThat(writer.join(WITHIN)).isTrue();
    }
  }

  /** Our reader sleeps: they send one window, and we hold no more than that. */
  @ParameterizedTest
  @CsvSource({"go, noise", "go, tls", "js, noise", "js, tls"})
  void aSleepingReaderHereHoldsOneWindow(String kind, String security) throws Exception {
    sleepingHere(new PeerRow(kind, security, "tcp"), SLEPT_OVER);
  }

  private static void sleepingHere(PeerRow row, int total) throws Exception {
    try (OurPeer us = new OurPeer(row.security())) {
      Multiaddr address = us.listen("tcp");
      long before = PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory();
      try (Proc they = row.dial(address, List.of("sleep=" + total))) {
        await()
            .atMost(WITHIN)
            .until(() -> us.budget.usedBytes() >= YamuxSettings.WINDOW_START - 16 * 1024);
        // What it may still send is in the sockets; none of it is taken from there.
        await()
            .during(Duration.ofMillis(300))
            .atMost(WITHIN)
            .until(() -> us.budget.usedBytes() <= YamuxSettings.WINDOW_START);
        assertThat(they.alive()).isTrue();
        assertThat(PooledByteBufAllocator.DEFAULT.metric().usedDirectMemory() - before)
            .isLessThan(MEMORY_MAX);
        us.wake.countDown();
        assertThat(they.awaitExit(WITHIN)).as(they.stderr()).isZero();
      }
      assertThat(us.failures).isEmpty();
    }
  }

  /** A peer that is done ends its process, with whatever it was about to push. */
  @Test
  void aPushThatIsCutShortIsNoFault() throws Exception {
    try (OurPeer us = new OurPeer("noise");
        OurPeer they = new OurPeer("noise")) {
      PeerConnection to = they.dial(us.listen("tcp"));
      var push = OurPeer.open(to, OurPeer.PUSH);
      push.out().write(100); // a length, and nothing of that
      assertThat(OurPeer.identify(to).agentVersion())
          .contains(OurPeer.AGENT); // it was read by then
      push.reset(0);
      OurPeer.echo(to, "behind it");
      OurPeer.get(to.close(0));
      they.push(they.dial(us.listen("tcp")));
      assertThat(us.pushed.poll(20, TimeUnit.SECONDS)).isNotNull();
      assertThat(us.failures).isEmpty();
    }
  }

  @Tag("nightly")
  @ParameterizedTest
  @CsvSource({"go, noise", "go, tls", "js, noise", "js, tls"})
  void muchMoreBytesForReadersThatSleep(String kind, String security) throws Exception {
    PeerRow row = new PeerRow(kind, security, "tcp");
    sleepingThere(row, 400_000_000);
    sleepingHere(row, 400_000_000);
  }

  @Tag("nightly")
  @ParameterizedTest
  @CsvSource({"go, noise", "go, tls", "js, noise", "js, tls", "rust, noise", "rust, tls"})
  void aThousandStreamsAndMuchMoreBytes(String kind, String security) throws Exception {
    PeerRow row = new PeerRow(kind, security, "tcp");
    try (OurPeer us = new OurPeer(security);
        Proc they = row.listen()) {
      PeerConnection to = us.dial(PeerRow.addressOf(they));
      if (kind.equals("rust")) OurPeer.heldEchoes(to, 1000);
      else OurPeer.manyEchoes(to, 1000);
      assertThat(OurPeer.upload(to, 400_000_000)).isZero();
      assertThat(OurPeer.download(to, 400_000_000)).isEqualTo(400_000_000);
      List<String> scenarios =
          List.of("streams=1000", "upload=400000000", "download=400000000", "connections=100");
      try (Proc dialling = row.dial(us.listen("tcp"), scenarios)) {
        assertThat(dialling.awaitExit(Duration.ofMinutes(3))).as(dialling.stderr()).isZero();
      }
      assertThat(us.failures).isEmpty();
    }
  }
}
