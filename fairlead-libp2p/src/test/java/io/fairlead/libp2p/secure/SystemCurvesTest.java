package io.fairlead.libp2p.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.meter.Meters;
import io.fairlead.libp2p.Vectors;
import io.fairlead.libp2p.key.KeyType;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.testkit.LeakWatch;
import io.fairlead.testkit.Peers;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakWatch.class)
class SystemCurvesTest {
  private static final List<String> YAMUX = List.of("/yamux/1.0.0");

  private final LibCurves system = Peers.require("libcrypto.so.3", LibCurves.load());

  @ParameterizedTest
  @CsvSource({
    "a546e36bf0527c9d3b16154b82465edd62144c0ac1fc5a18506a2244ba449ac4,"
        + "e6db6867583030db3594c1a424b15f7c726624ec26b3353b10a903a6d0ab1c4c,"
        + "c3da55379de9c6908e94ea4df28d084f32eccf03491c71f754b4075577a28552",
    "4b66e9d4d1b4673c5ad22691957d6af5c11b6421e0ea01d42ca4169e7918ba0d,"
        + "e5210f12786811d3f4b7959d0538ae2c31dbe7106fc03c3efc4cd549c715a493,"
        + "95cbde9476e8907d7aade45cb4b873f88b595a68799fa152e6f8f7647aac7957"
  })
  void agreesAsTheStandardSays(String secret, String open, String shared) throws Exception {
    // RFC 7748 §5.2.
    X25519.Pair own = new X25519.Pair(hex(secret), new byte[32]);
    assertThat(system.agree(own, hex(open))).isEqualTo(hex(shared));
    assertThat(Curves.PLATFORM.agree(own, hex(open))).isEqualTo(hex(shared));
  }

  @Test
  void keysOfOneAreKeysOfTheOther() throws Exception {
    for (int i = 0; i < 50; i++) {
      X25519.Pair ours = system.generate();
      X25519.Pair theirs = Curves.PLATFORM.generate();
      byte[] shared = system.agree(ours, theirs.open());
      assertThat(shared).isNotEqualTo(new byte[32]);
      assertThat(system.agree(theirs, ours.open())).isEqualTo(shared);
      assertThat(Curves.PLATFORM.agree(ours, theirs.open())).isEqualTo(shared);
      assertThat(Curves.PLATFORM.agree(theirs, ours.open())).isEqualTo(shared);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
      })
  void aKeyOfLowOrderIsRefusedAndTheNextOneIsNot(String low) throws Exception {
    X25519.Pair own = system.generate();
    assertThatThrownBy(() -> system.agree(own, hex(low)))
        .isInstanceOfSatisfying(
            HandshakeException.class,
            e -> assertThat(e.reason()).isEqualTo(HandshakeException.Reason.MALFORMED));
    X25519.Pair other = system.generate();
    assertThat(system.agree(own, other.open())).isEqualTo(system.agree(other, own.open()));
  }

  @ParameterizedTest
  @EnumSource(KeyType.class)
  void signaturesOfEachKindOfKeyAreVerified(KeyType type) throws Exception {
    PrivateKey key =
        PrivateKey.read(Vectors.bytes("key." + type.name().toLowerCase(Locale.ROOT) + ".private"));
    Random random = new Random(8032);
    for (int length : new int[] {0, 1, 56, 5000}) {
      byte[] message = new byte[length];
      random.nextBytes(message);
      byte[] signature = key.sign(message);
      assertThat(system.verify(key.publicKey(), message, signature)).isTrue();
      byte[] changed = signature.clone();
      changed[random.nextInt(changed.length)] ^= 4;
      assertThat(system.verify(key.publicKey(), message, changed)).isFalse();
      byte[] longer = Arrays.copyOf(message, length + 1);
      assertThat(system.verify(key.publicKey(), longer, signature)).isFalse();
      assertThat(system.verify(PrivateKey.generate().publicKey(), message, signature)).isFalse();
      assertThat(system.verify(key.publicKey(), message, new byte[0])).isFalse();
      assertThat(system.verify(key.publicKey(), message, signature)).isTrue();
    }
  }

  @Test
  void aSignatureWithALargeScalarIsNone() {
    // RFC 8032 §5.1.7: the same signature with the order of the group added to its second half.
    PrivateKey key = PrivateKey.generate();
    byte[] message = {1, 2, 3};
    byte[] signature = key.sign(message);
    byte[] order = hex("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010");
    int carry = 0;
    for (int i = 0; i < 32; i++) {
      carry += (signature[32 + i] & 0xFF) + (order[i] & 0xFF);
      signature[32 + i] = (byte) carry;
      carry >>= 8;
    }
    assertThat(system.verify(key.publicKey(), message, signature)).isFalse();
    assertThat(key.publicKey().verify(message, signature)).isFalse();
  }

  @Test
  void aKeyThatIsNoPointVerifiesNothing() throws Exception {
    byte[] noPoint = new byte[32];
    noPoint[0] = 2; // x² is no square there
    PublicKey key = PublicKey.of(KeyType.ED25519, noPoint);
    assertThat(system.verify(key, new byte[1], new byte[64])).isFalse();
    assertThat(Curves.PLATFORM.verify(key, new byte[1], new byte[64])).isFalse();
  }

  @Test
  void thePlatformsBeginAndTheLibraryIsLoadedOnce() {
    ArrayDeque<Runnable> later = new ArrayDeque<>();
    AtomicInteger loads = new AtomicInteger();
    AtomicInteger refusals = new AtomicInteger(2);
    Executor loader =
        task -> {
          if (refusals.getAndDecrement() > 0) throw new RejectedExecutionException("full");
          later.add(task);
        };
    SystemCurves curves =
        new SystemCurves(
            loader,
            () -> {
              loads.incrementAndGet();
              return Optional.of(system);
            });
    assertThat(refusals).hasValue(1); // asked when it was made
    assertThat(curves.now()).isSameAs(Curves.PLATFORM);
    assertThat(curves.now()).isSameAs(Curves.PLATFORM);
    assertThat(curves.now()).isSameAs(Curves.PLATFORM);
    assertThat(later).hasSize(1);
    later.remove().run();
    assertThat(curves.now()).isSameAs(system);
    assertThat(curves.now()).isSameAs(system);
    assertThat(loads).hasValue(1);
    assertThat(later).isEmpty();
  }

  @Test
  void withoutALibraryThePlatformsStay() {
    SystemCurves curves = new SystemCurves(Runnable::run, Optional::empty);
    assertThat(curves.now()).isSameAs(Curves.PLATFORM);
    assertThat(curves.now()).isSameAs(Curves.PLATFORM);
  }

  @ParameterizedTest
  @CsvSource({"true, true", "true, false", "false, true", "false, false"})
  void eitherSideMayHaveThem(boolean here, boolean there) {
    for (int i = 0; i < 5; i++) {
      try (SecurePair pair = new SecurePair(noise(here), noise(there), null, YAMUX).run()) {
        assertThat(pair.client.secured).hasSize(1);
        assertThat(pair.server.secured).hasSize(1);
        assertThat(pair.client.failures).isEmpty();
      }
    }
  }

  private Noise noise(boolean ofSystem) {
    SystemCiphers ciphers = new SystemCiphers(Runnable::run, Optional::empty);
    SystemCurves curves =
        new SystemCurves(
            Runnable::run, () -> ofSystem ? Optional.of(system) : Optional.<Curves>empty());
    SecureMeters meters = new SecureMeters(new Meters(new SimpleMeterRegistry()));
    return new Noise(PrivateKey.generate(), Runnable::run, ciphers, curves, meters);
  }

  private static byte[] hex(String hex) {
    return HexFormat.of().parseHex(hex);
  }
}
