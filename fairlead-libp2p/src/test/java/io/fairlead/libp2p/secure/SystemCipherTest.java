package io.fairlead.libp2p.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.meter.Meters;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.testkit.LeakWatch;
import io.fairlead.testkit.Peers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
class SystemCipherTest {
  private static final List<String> YAMUX = List.of("/yamux/1.0.0");
  private static final byte[] KEY = HexFormat.of().parseHex("a1b2".repeat(16));
  private static final ByteBufAllocator ALLOCATOR = PooledByteBufAllocator.DEFAULT;

  /** More than makes a channel busy. */
  private static final int MUCH = 3 * 512 * 1024;

  private final LibCrypto library = Peers.require("libcrypto.so.3", LibCrypto.load());
  private final SecureMeters meters = new SecureMeters(new Meters(new SimpleMeterRegistry()));

  @Test
  void encryptsAsTheStandardSays() throws Exception {
    // RFC 8439 §2.8.2; its tag is over associated data too, which frames have not.
    byte[] key =
        HexFormat.of().parseHex("808182838485868788898a8b8c8d8e8f909192939495969798999a9b9c9d9e9f");
    byte[] plain =
        ("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the "
                + "future, sunscreen would be it.")
            .getBytes(StandardCharsets.US_ASCII);
    try (SystemCipher cipher = new SystemCipher(library, true, key)) {
      cipher.begin(HexFormat.of().parseHex("070000004041424344454647"));
      ByteBuf sealed = Unpooled.buffer();
      cipher.update(Unpooled.wrappedBuffer(plain), plain.length, sealed);
      assertThat(HexFormat.of().formatHex(sealed.array(), 0, plain.length))
          .isEqualTo(
              "d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6"
                  + "3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36"
                  + "92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc"
                  + "3ff4def08e4b7a9de576d26586cec64b6116");
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261123})
  void bothCiphersWriteAndReadTheSameFrames(long seed) throws Exception {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    try (FrameCipher system = system(true, KEY);
        FrameCipher reading = system(false, KEY);
        FrameCipher platform = platform(true, KEY);
        FrameCipher readingToo = platform(false, KEY)) {
      for (int number = 0; number < 100; number++) {
        byte[] plain = new byte[1 + random.nextInt(1 + random.nextInt(65_519))];
        random.nextBytes(plain);
        ByteBuf one = sealed(system, plain, random);
        ByteBuf other = sealed(platform, plain, random);
        assertThat(ByteBufUtil.getBytes(one))
            .as("seed " + seed + ", frame " + number)
            .isEqualTo(ByteBufUtil.getBytes(other));
        assertThat(one.isDirect()).isEqualTo(number >= SystemCiphers.BUSY_FRAMES);
        // Each opens what the other sealed.
        ByteBuf read = open(reading, other);
        ByteBuf readToo = open(readingToo, one);
        assertThat(ByteBufUtil.getBytes(read)).isEqualTo(plain);
        assertThat(ByteBufUtil.getBytes(readToo)).isEqualTo(plain);
        read.release();
        readToo.release();
      }
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 63, 64, 999, 1000, 1007, 1015})
  void aChangedFrameDoesNotOpen(int changed) throws Exception {
    try (FrameCipher sealing = system(true, KEY);
        FrameCipher opening = system(false, KEY)) {
      busy(sealing, opening);
      assertThat(opening.beyondHeap()).isTrue();
      ByteBuf frame = sealed(sealing, new byte[1000], new Random(1));
      frame.setByte(changed, frame.getByte(changed) ^ 0x10);
      assertThatThrownBy(() -> opening.open(ALLOCATOR, frame))
          .isInstanceOfSatisfying(
              HandshakeException.class,
              e -> assertThat(e.reason()).isEqualTo(HandshakeException.Reason.UNAUTHENTIC));
      assertThat(frame.refCnt()).isZero();
    }
  }

  @Test
  void theCounterEndsWhicheverCipherItIs() throws Exception {
    NoiseCipher counting = new NoiseCipher(KEY);
    counting.jumpTo(-1);
    SystemCiphers ciphers = new SystemCiphers(Runnable::run, () -> Optional.of(library));
    try (FrameCipher sealing = new FrameCipher(counting, ciphers, true)) {
      ByteBuf frame = sealing.frame(ALLOCATOR, 64, 64);
      assertThat(frame.isDirect()).isTrue();
      assertThatThrownBy(() -> sealing.add(Unpooled.buffer().writeZero(1), 1, frame))
          .isInstanceOfSatisfying(
              HandshakeException.class,
              e -> assertThat(e.reason()).isEqualTo(HandshakeException.Reason.INTERNAL));
      frame.release();
    }
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void aBusyChannelGoesOverBetweenTwoFrames(boolean here, boolean there) {
    Noise client = noise(here);
    Noise server = noise(there);
    try (SecurePair pair = new SecurePair(client, server, null, YAMUX).run()) {
      Random random = new Random(8439);
      for (int sent = 0, n = 0; sent < MUCH; n++) {
        int count = 1 + random.nextInt(100_000);
        sent += count;
        byte[] letters = new byte[count];
        for (int i = 0; i < count; i++) letters[i] = (byte) ('a' + random.nextInt(26));
        ByteBuf plain = n % 2 == 0 ? Unpooled.directBuffer(count) : Unpooled.buffer(count);
        plain.writeBytes(letters);
        String expected = new String(letters, 0, Math.min(count, 900), StandardCharsets.US_ASCII);
        long before = pair.server.received;
        pair.server.text.setLength(0);
        pair.client.channel.writeAndFlush(plain);
        pair.run();
        assertThat(pair.server.received - before).isEqualTo(count);
        assertThat(pair.server.text.toString()).startsWith(expected);
      }
      pair.client.channel.writeAndFlush(Unpooled.copiedBuffer("last", StandardCharsets.US_ASCII));
      ByteBuf frame = pair.client.channel.readOutbound();
      assertThat(frame.isDirect()).isEqualTo(here);
      frame.setByte(4, frame.getByte(4) ^ 1);
      pair.server.text.setLength(0);
      pair.server.channel.writeInbound(frame);
      assertThat(pair.server.failure().reason()).isEqualTo(HandshakeException.Reason.UNAUTHENTIC);
      assertThat(pair.server.text).isEmpty();
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261123})
  void framesOfABusyChannelComeInWhateverPieces(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    try (SecurePair pair = new SecurePair(noise(true), noise(true), null, YAMUX).run()) {
      long written = 0;
      while (written < 2 * MUCH) {
        int count = 1 + random.nextInt(200_000);
        written += count;
        pair.client.channel.writeAndFlush(Unpooled.buffer(count).writeZero(count));
        for (ByteBuf bytes; (bytes = pair.client.channel.readOutbound()) != null; ) {
          while (bytes.isReadable()) {
            int piece = Math.min(bytes.readableBytes(), 1 + random.nextInt(70_000));
            pair.server.channel.writeInbound(bytes.readRetainedSlice(piece));
          }
          bytes.release();
        }
      }
      assertThat(pair.server.failures).isEmpty();
      assertThat(pair.server.received).as("seed " + seed).isEqualTo(written);
    }
  }

  @Test
  void theLibraryIsLoadedOnceAndOnlyForABusyChannel() throws Exception {
    ArrayDeque<Runnable> later = new ArrayDeque<>();
    AtomicInteger loads = new AtomicInteger();
    AtomicInteger refusals = new AtomicInteger(1);
    Executor loader =
        task -> {
          if (refusals.getAndDecrement() > 0) throw new RejectedExecutionException("full");
          later.add(task);
        };
    SystemCiphers ciphers =
        new SystemCiphers(
            loader,
            () -> {
              loads.incrementAndGet();
              return Optional.of(library);
            });
    assertThat(ciphers.forChannel(SystemCiphers.BUSY_FRAMES - 1, true, KEY)).isNull();
    assertThat(refusals).hasValue(1);
    assertThat(ciphers.forChannel(SystemCiphers.BUSY_FRAMES, true, KEY)).isNull(); // refused
    assertThat(ciphers.forChannel(SystemCiphers.BUSY_FRAMES, true, KEY)).isNull(); // asked
    assertThat(ciphers.forChannel(SystemCiphers.BUSY_FRAMES, true, KEY)).isNull(); // not yet
    assertThat(later).hasSize(1);
    later.remove().run();
    try (SystemCipher one = ciphers.forChannel(SystemCiphers.BUSY_FRAMES, true, KEY);
        SystemCipher two = ciphers.forChannel(-2, false, KEY)) {
      assertThat(one).isNotNull();
      assertThat(two).isNotNull();
    }
    assertThat(loads).hasValue(1);
  }

  @Test
  void aCipherThatIsClosedIsUsedNoMore() throws Exception {
    SystemCipher cipher = new SystemCipher(library, true, KEY);
    cipher.begin(new byte[12]);
    cipher.close();
    cipher.close();
    assertThatThrownBy(() -> cipher.begin(new byte[12])).isInstanceOf(IllegalStateException.class);
    FrameCipher channel = system(true, KEY);
    channel.close();
    for (int i = 0; i < 2 * SystemCiphers.BUSY_FRAMES; i++) {
      ByteBuf frame = sealed(channel, new byte[10], new Random(1));
      assertThat(frame.hasArray()).isTrue();
      frame.release();
    }
  }

  private Noise noise(boolean system) {
    SystemCiphers ciphers =
        new SystemCiphers(Runnable::run, () -> system ? Optional.of(library) : Optional.empty());
    SystemCurves curves = new SystemCurves(Runnable::run, Optional::empty);
    return new Noise(PrivateKey.generate(), Runnable::run, ciphers, curves, meters);
  }

  private FrameCipher system(boolean encrypts, byte[] key) {
    SystemCiphers ciphers = new SystemCiphers(Runnable::run, () -> Optional.of(library));
    return new FrameCipher(new NoiseCipher(key), ciphers, encrypts);
  }

  private static FrameCipher platform(boolean encrypts, byte[] key) {
    SystemCiphers ciphers = new SystemCiphers(Runnable::run, Optional::empty);
    return new FrameCipher(new NoiseCipher(key), ciphers, encrypts);
  }

  private static void busy(FrameCipher sealing, FrameCipher opening) throws Exception {
    for (int i = 0; i < SystemCiphers.BUSY_FRAMES; i++) {
      open(opening, sealed(sealing, new byte[] {1}, new Random(i))).release();
    }
  }

  /** Takes ownership of {@code frame}. */
  private static ByteBuf open(FrameCipher cipher, ByteBuf frame) throws Exception {
    if (cipher.beyondHeap()) return cipher.open(ALLOCATOR, frame);
    ByteBuf array = Unpooled.copiedBuffer(frame);
    frame.release();
    return cipher.open(ALLOCATOR, array);
  }

  /** A frame made of pieces in buffers of each kind. */
  private static ByteBuf sealed(FrameCipher cipher, byte[] plain, Random random) throws Exception {
    ByteBuf frame = cipher.frame(ALLOCATOR, 256, 65_535);
    for (int at = 0; at < plain.length; ) {
      int count = Math.min(plain.length - at, 1 + random.nextInt(40_000));
      byte[] bytes = Arrays.copyOfRange(plain, at, at + count);
      ByteBuf piece =
          switch (random.nextInt(3)) {
            case 0 -> Unpooled.wrappedBuffer(bytes);
            case 1 -> Unpooled.directBuffer(count).writeBytes(bytes);
            default ->
                Unpooled.wrappedBuffer(
                    Unpooled.directBuffer(count).writeBytes(bytes, 0, count / 2),
                    Unpooled.wrappedBuffer(bytes, count / 2, count - count / 2));
          };
      cipher.add(piece, count, frame);
      assertThat(piece.isReadable()).isFalse();
      piece.release();
      at += count;
    }
    cipher.seal(frame, 0);
    return frame;
  }
}
