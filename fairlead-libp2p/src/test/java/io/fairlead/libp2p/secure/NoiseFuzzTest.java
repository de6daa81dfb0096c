package io.fairlead.libp2p.secure;

import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.core.meter.Meters;
import io.fairlead.libp2p.key.PrivateKey;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the bytes, the channel goes on waiting or ends with a typed failure. */
class NoiseFuzzTest {
  private static final Noise NOISE =
      new Noise(
          PrivateKey.generate(),
          Runnable::run,
          new SecureMeters(new Meters(new SimpleMeterRegistry())));

  @FuzzTest(maxDuration = "60s")
  void aHandshakeEndsOrWaits(byte[] bytes) {
    check(bytes);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 20261122})
  void damageEndsInAFailureOrAWait(long seed) {
    Random random = new Random(Long.getLong("fairlead.seed", seed));
    for (int i = 0; i < 300; i++) {
      byte[] bytes = new byte[1 + random.nextInt(400)];
      random.nextBytes(bytes);
      // Often enough with a length that fits, so that it gets further than the first two bytes.
      if (random.nextInt(3) > 0 && bytes.length > 35) {
        bytes[1] = 0;
        bytes[2] = (byte) (random.nextBoolean() ? 32 : bytes.length - 3);
      }
      check(bytes);
    }
  }

  /** The first byte says which side reads, and in how many pieces. */
  private static void check(byte[] bytes) {
    if (bytes.length == 0) return;
    boolean client = (bytes[0] & 1) == 0;
    SecurePair.Side side =
        new SecurePair.Side(
            client ? NOISE.client(null, List.of("/a")) : NOISE.server(List.of("/a")));
    int piece = 1 + (bytes[0] >> 1 & 63);
    for (int at = 1; at < bytes.length && side.channel.isActive(); at += piece) {
      int end = Math.min(bytes.length, at + piece);
      side.channel.writeInbound(Unpooled.wrappedBuffer(Arrays.copyOfRange(bytes, at, end)));
      side.channel.runPendingTasks();
    }
    side.channel.finishAndReleaseAll();
    for (Throwable failure : side.failures) {
      if (!(failure instanceof HandshakeException)) throw new AssertionError(failure);
    }
    if (!side.secured.isEmpty()) throw new AssertionError("secured without a key");
  }
}
