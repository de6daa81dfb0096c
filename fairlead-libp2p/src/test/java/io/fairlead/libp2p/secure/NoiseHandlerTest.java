package io.fairlead.libp2p.secure;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.meter.Meters;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.testkit.LeakWatch;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
class NoiseHandlerTest {
  private static final List<String> YAMUX = List.of("/yamux/1.0.0");
  private static final PrivateKey ALICE = PrivateKey.generate();
  private static final PrivateKey BOB = PrivateKey.generate();

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final SecureMeters meters = new SecureMeters(new Meters(registry));
  private final Noise alice = new Noise(ALICE, Runnable::run, meters);
  private final Noise bob = new Noise(BOB, Runnable::run, meters);

  @Test
  void bothSidesLearnWhoTheOtherIs() {
    try (SecurePair pair = new SecurePair(alice, bob, BOB.peerId(), YAMUX).run()) {
      assertThat(pair.client.secured).hasSize(1);
      assertThat(pair.client.secured.getFirst().remote()).isEqualTo(BOB.peerId());
      assertThat(pair.server.secured.getFirst().remote()).isEqualTo(ALICE.peerId());
      assertThat(pair.client.secured.getFirst().muxer()).contains("/yamux/1.0.0");
      assertThat(count("completed")).isEqualTo(2);

      write(pair.client, "hello ");
      write(pair.client, "bob");
      pair.client.channel.flush();
      write(pair.server, "hello alice");
      pair.server.channel.flush();
      pair.run();
      assertThat(pair.server.text).hasToString("hello bob");
      assertThat(pair.client.text).hasToString("hello alice");
    }
  }

  @Test
  void writesBetweenFlushesShareAFrame() {
    try (SecurePair pair = new SecurePair(alice, bob, null, YAMUX).run()) {
      List<ChannelFuture> written = new ArrayList<>();
      for (int i = 0; i < 100; i++) written.add(write(pair.client, "0123456789"));
      assertThat((Object) pair.client.channel.readOutbound()).isNull();
      assertThat(written).noneMatch(ChannelFuture::isDone);
      pair.client.channel.flush();
      ByteBuf frame = pair.client.channel.readOutbound();
      assertThat(frame.readableBytes()).isEqualTo(2 + 1000 + 16);
      assertThat(frame.getUnsignedShort(0)).isEqualTo(1016);
      assertThat((Object) pair.client.channel.readOutbound()).isNull();
      assertThat(written).allMatch(ChannelFuture::isSuccess);
      frame.release();
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 32_749, 32_750, 32_751, 65_500, 1_000_000})
  void largeWritesAreCutAndArriveWhole(int bytes) {
    try (SecurePair pair = new SecurePair(alice, bob, null, YAMUX).run()) {
      ChannelFuture written = pair.client.channel.write(Unpooled.buffer(bytes).writeZero(bytes));
      ChannelFuture empty = pair.client.channel.write(Unpooled.EMPTY_BUFFER);
      pair.client.channel.flush();
      assertThat(written.isSuccess()).isTrue();
      assertThat(empty.isSuccess()).isTrue();
      pair.run();
      assertThat(pair.server.received).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void bytesComeInWhateverPieces(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    SecurePair.Side server = new SecurePair.Side(bob.server(YAMUX));
    SecurePair.Side client = new SecurePair.Side(alice.client(BOB.peerId(), YAMUX));
    try (SecurePair pair = new SecurePair(client, server)) {
      for (int round = 0; round < 40; round++) {
        if (round == 20) {
          for (int n = 0; n < 5; n++) {
            client.channel.write(Unpooled.buffer(40_000).writeZero(random.nextInt(40_000)));
          }
          client.channel.flush();
        }
        pieces(client, server, random);
        pieces(server, client, random);
      }
      assertThat(client.failures).isEmpty();
      assertThat(server.failures).isEmpty();
      assertThat(server.received).as("seed " + seed).isPositive();
    }
  }

  @Test
  void bytesBehindTheHandshakeWaitForItAndComeInOrder() {
    // The responder computes when told; the initiator has long gone on.
    ArrayDeque<Runnable> later = new ArrayDeque<>();
    Noise slow = new Noise(BOB, later::add, meters);
    SecurePair.Side server = new SecurePair.Side(slow.server(YAMUX));
    SecurePair.Side client = new SecurePair.Side(alice.client(null, YAMUX));
    try (SecurePair pair = new SecurePair(client, server)) {
      pair.run();
      assertThat(server.channel.config().isAutoRead()).isFalse();
      while (!later.isEmpty()) later.remove().run();
      pair.run(); // message two and three; the third waits to be computed
      assertThat(client.secured).hasSize(1);
      assertThat(server.secured).isEmpty();
      write(client, "one ");
      client.channel.flush();
      write(client, "two");
      client.channel.flush();
      pair.run();
      assertThat(server.text).isEmpty();
      while (!later.isEmpty()) later.remove().run();
      pair.run();
      assertThat(server.secured).hasSize(1);
      assertThat(server.text).hasToString("one two");
      assertThat(server.channel.config().isAutoRead()).isTrue();
    }
  }

  @Test
  void anotherPeerThanExpectedIsLeftWithoutAWord() {
    try (SecurePair pair = new SecurePair(alice, bob, ALICE.peerId(), YAMUX).run()) {
      assertThat(pair.client.failure()).isInstanceOf(WrongPeerException.class);
      assertThat(pair.client.channel.isActive()).isFalse();
      assertThat(pair.server.secured).isEmpty();
      assertThat(pair.server.failure().reason()).isEqualTo(HandshakeException.Reason.CLOSED_EARLY);
      assertThat(count("wrong_peer")).isEqualTo(1);
      assertThat(count("closed_early")).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"0000", "2001", "ffff", "001f" /* one byte less than a key */})
  void framesOutOfBoundsEndTheHandshake(String hex) {
    SecurePair.Side server = new SecurePair.Side(bob.server(YAMUX));
    ByteBuf bytes = Unpooled.wrappedBuffer(java.util.HexFormat.of().parseHex(hex));
    server.channel.writeInbound(Unpooled.wrappedBuffer(bytes, Unpooled.buffer().writeZero(31)));
    server.channel.runPendingTasks();
    assertThat(server.failure().reason()).isEqualTo(HandshakeException.Reason.MALFORMED);
    assertThat(server.channel.isActive()).isFalse();
    assertThat((Object) server.channel.readOutbound()).isNull();
    server.channel.finishAndReleaseAll();
  }

  @Test
  void aChangedReplayedOrShortFrameEndsTheChannel() {
    for (int kind = 0; kind < 3; kind++) {
      try (SecurePair pair = new SecurePair(alice, bob, null, YAMUX).run()) {
        write(pair.client, "secret");
        pair.client.channel.flush();
        ByteBuf frame = pair.client.channel.readOutbound();
        switch (kind) {
          case 0 -> frame.setByte(5, frame.getByte(5) ^ 1);
          case 1 -> {
            pair.server.channel.writeInbound(frame.copy());
            assertThat(pair.server.text).hasToString("secret");
            pair.server.text.setLength(0);
          }
          default -> frame.clear().writeShort(15).writeZero(15);
        }
        pair.server.channel.writeInbound(frame);
        assertThat(pair.server.failure().reason())
            .isEqualTo(
                kind == 2
                    ? HandshakeException.Reason.MALFORMED
                    : HandshakeException.Reason.UNAUTHENTIC);
        assertThat(pair.server.text).isEmpty();
        assertThat(pair.server.channel.isActive()).isFalse();
      }
    }
  }

  @Test
  void aBusyExecutorEndsTheHandshakeAndNotTheProcess() {
    Executor full =
        task -> {
          throw new RejectedExecutionException("full");
        };
    SecurePair.Side server = new SecurePair.Side(new Noise(BOB, full, meters).server(YAMUX));
    ByteBuf first =
        Unpooled.buffer().writeShort(32).writeBytes(new byte[32]).writeBytes(new byte[9]);
    server.channel.writeInbound(first);
    assertThat(server.failure().reason()).isEqualTo(HandshakeException.Reason.INTERNAL);
    server.channel.finishAndReleaseAll();
  }

  @Test
  void readsAreAskedForWhereTheChannelDoesNotReadByItself() {
    SecurePair.Side server = new SecurePair.Side(bob.server(YAMUX));
    server.channel.config().setAutoRead(false);
    SecurePair.Side client = new SecurePair.Side(alice.client(null, YAMUX));
    try (SecurePair pair = new SecurePair(client, server)) {
      pair.run();
      assertThat(server.secured).hasSize(1);
      assertThat(server.channel.config().isAutoRead()).isFalse();
    }
  }

  @Test
  void whatIsNotFlushedFailsWithTheChannel() {
    SecurePair pair = new SecurePair(alice, bob, null, YAMUX).run();
    ChannelFuture lost = write(pair.client, "never sent");
    pair.close();
    assertThat(lost.isDone()).isTrue();
    assertThat(lost.isSuccess()).isFalse();
    SecurePair.Side early = new SecurePair.Side(bob.server(YAMUX));
    assertThat(early.channel.write(Unpooled.buffer().writeZero(1)).isSuccess()).isFalse();
    early.channel.finishAndReleaseAll();
  }

  private static ChannelFuture write(SecurePair.Side side, String text) {
    return side.channel.write(Unpooled.copiedBuffer(text, StandardCharsets.UTF_8));
  }

  private static void pieces(SecurePair.Side from, SecurePair.Side to, Random random) {
    from.channel.runPendingTasks();
    for (ByteBuf bytes; (bytes = from.channel.readOutbound()) != null; ) {
      while (bytes.isReadable()) {
        int count = Math.min(bytes.readableBytes(), 1 + random.nextInt(1 + random.nextInt(9000)));
        to.channel.writeInbound(bytes.readBytes(count));
        to.channel.runPendingTasks();
      }
      bytes.release();
    }
  }

  private double count(String result) {
    return registry
        .get("fairlead.libp2p.handshakes")
        .tags("protocol", "noise", "result", result)
        .counter()
        .count();
  }
}
