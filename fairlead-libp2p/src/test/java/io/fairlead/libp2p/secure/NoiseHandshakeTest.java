package io.fairlead.libp2p.secure;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.Vectors;
import io.fairlead.libp2p.codec.KeyMessage;
import io.fairlead.libp2p.codec.NoisePayload;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.testkit.Peers;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** With the platform's curves and with the system's. */
@ParameterizedClass
@ValueSource(booleans = {false, true})
class NoiseHandshakeTest {
  private static final List<String> YAMUX = List.of("/yamux/1.0.0");
  private static final PrivateKey ALICE = PrivateKey.generate();
  private static final PrivateKey BOB = PrivateKey.generate();

  private final Curves curves;

  NoiseHandshakeTest(boolean system) {
    this.curves = system ? Peers.require("libcrypto.so.3", LibCurves.load()) : Curves.PLATFORM;
  }

  @Test
  void theTranscriptOfAnotherImplementationIsMadeByteForByte() throws Exception {
    NoiseHandshake initiator =
        new NoiseHandshake(true, identity(1, 3), pair(5), curves, seeded(2).peerId(), YAMUX);
    NoiseHandshake responder =
        new NoiseHandshake(
            false, identity(2, 4), pair(6), curves, null, List.of("/yamux/1.0.0", "/mplex/6.7.0"));

    byte[] first = initiator.start();
    assertThat(first).isEqualTo(Vectors.bytes("noise.e"));
    byte[] second = answer(responder.read(first));
    assertThat(second).isEqualTo(Vectors.bytes("noise.e-ee-s-es"));
    NoiseHandshake.Step.Done here = done(initiator.read(second));
    assertThat(here.last().orElseThrow()).isEqualTo(Vectors.bytes("noise.s-se"));
    NoiseHandshake.Step.Done there = done(responder.read(here.last().orElseThrow()));

    assertThat(here.secured().remote()).isEqualTo(seeded(2).peerId());
    assertThat(there.secured().remote()).isEqualTo(seeded(1).peerId());
    assertThat(there.secured().key()).isEqualTo(seeded(1).publicKey());
    assertThat(here.secured().muxer()).contains("/yamux/1.0.0");
    assertThat(there.secured().muxer()).contains("/yamux/1.0.0");

    assertThat(sealed(here.sending(), "hello")).isEqualTo(Vectors.bytes("noise.initiator.0"));
    assertThat(sealed(here.sending(), "")).isEqualTo(Vectors.bytes("noise.initiator.1"));
    assertThat(sealed(there.sending(), "world")).isEqualTo(Vectors.bytes("noise.responder.0"));
    byte[] frame = Vectors.bytes("noise.responder.0");
    here.receiving().open(frame, 0, frame.length);
    assertThat(new String(frame, 0, 5, StandardCharsets.UTF_8)).isEqualTo("world");
  }

  @Test
  void theHashOfTheHandshakeIsThatOfAnotherImplementation() throws Exception {
    NoiseState state = new NoiseState(new byte[0]);
    byte[] first = Vectors.bytes("noise.e");
    state.mixHash(first);
    state.openAndHash(new byte[0]);
    byte[] second = Vectors.bytes("noise.e-ee-s-es");
    state.mixHash(Arrays.copyOf(second, 32));
    state.mixKey(curves.agree(pair(6), pair(5).open()));
    state.openAndHash(Arrays.copyOfRange(second, 32, 80));
    state.mixKey(curves.agree(pair(4), pair(5).open()));
    state.openAndHash(Arrays.copyOfRange(second, 80, second.length));
    byte[] third = Vectors.bytes("noise.s-se");
    state.openAndHash(Arrays.copyOf(third, 48));
    state.mixKey(curves.agree(pair(6), pair(3).open()));
    state.openAndHash(Arrays.copyOfRange(third, 48, third.length));
    assertThat(state.handshakeHash()).isEqualTo(Vectors.bytes("noise.hash"));
  }

  @ParameterizedTest
  @EnumSource(io.fairlead.libp2p.key.KeyType.class)
  void everyKindOfKeyIsAnIdentity(io.fairlead.libp2p.key.KeyType type) throws Exception {
    String name = "key." + type.name().toLowerCase(java.util.Locale.ROOT) + ".private";
    PrivateKey key = PrivateKey.read(Vectors.bytes(name));
    NoiseHandshake initiator = client(ALICE, key.peerId(), YAMUX);
    NoiseHandshake responder = server(key, YAMUX);
    NoiseHandshake.Step.Done here = done(initiator.read(answer(responder.read(initiator.start()))));
    assertThat(here.secured().key()).isEqualTo(key.publicKey());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/a | /a | /a",
        "/a,/b | /b,/a | /a",
        "/b | /a,/b | /b",
        "'' | /a | ''",
        "/a | '' | ''",
        "'' | '' | ''",
      })
  void theInitiatorsOrderDecides(String row) throws Exception {
    String[] cells = row.replace("''", "").split("\\|", -1);
    NoiseHandshake initiator = client(ALICE, BOB.peerId(), list(cells[0]));
    NoiseHandshake responder = server(BOB, list(cells[1]));
    NoiseHandshake.Step.Done here = done(initiator.read(answer(responder.read(initiator.start()))));
    NoiseHandshake.Step.Done there = done(responder.read(here.last().orElseThrow()));
    Optional<String> muxer = list(cells[2]).stream().findFirst();
    assertThat(here.secured().muxer()).isEqualTo(muxer);
    assertThat(there.secured().muxer()).isEqualTo(muxer);
  }

  @Test
  void noMultiplexerInCommonFails() throws Exception {
    NoiseHandshake initiator = client(ALICE, BOB.peerId(), List.of("/a"));
    byte[] second = answer(server(BOB, List.of("/b")).read(initiator.start()));
    assertReason(HandshakeException.Reason.NO_MUXER, () -> initiator.read(second));
  }

  @Test
  void anotherPeerThanExpectedFailsAndBothAreNamed() throws Exception {
    NoiseHandshake initiator = client(ALICE, ALICE.peerId(), YAMUX);
    byte[] second = answer(server(BOB, YAMUX).read(initiator.start()));
    assertThatThrownBy(() -> initiator.read(second))
        .isInstanceOfSatisfying(
            WrongPeerException.class,
            wrong -> {
              assertThat(wrong.expected()).isEqualTo(ALICE.peerId());
              assertThat(wrong.actual()).isEqualTo(BOB.peerId());
            });
  }

  @Test
  void aStaticKeyThatIsNotThePeersFails() throws Exception {
    // Alice's word, with a static key that she never signed.
    NoiseIdentity honest = new NoiseIdentity(ALICE);
    NoiseIdentity stolen = new NoiseIdentity(BOB);
    assertReason(
        HandshakeException.Reason.BAD_SIGNATURE,
        () -> NoiseIdentity.prove(honest.payload(YAMUX), stolen.pair().open(), curves));
    assertThat(NoiseIdentity.prove(honest.payload(YAMUX), honest.pair().open(), curves).key())
        .isEqualTo(ALICE.publicKey());
  }

  @Test
  void payloadsThatProveNothingFail() throws Exception {
    NoiseIdentity identity = new NoiseIdentity(ALICE);
    byte[] open = identity.pair().open();
    NoisePayload said = NoisePayload.read(identity.payload(List.of()));
    byte[] unknownKind = new KeyMessage(9, new byte[4]).toBytes();
    assertReason(
        HandshakeException.Reason.UNUSABLE_KEY,
        () ->
            NoiseIdentity.prove(
                new NoisePayload(unknownKind, said.identitySignature(), List.of()).toBytes(),
                open,
                curves));
    assertReason(
        HandshakeException.Reason.BAD_SIGNATURE,
        () ->
            NoiseIdentity.prove(
                new NoisePayload(said.identityKey(), new byte[64], List.of()).toBytes(),
                open,
                curves));
    assertReason(
        HandshakeException.Reason.MALFORMED, () -> NoiseIdentity.prove(new byte[0], open, curves));
    assertReason(
        HandshakeException.Reason.MALFORMED,
        () -> NoiseIdentity.prove(new byte[] {1}, open, curves));
  }

  @Test
  void everyTruncatedOrChangedMessageFails() throws Exception {
    byte[] first = client(ALICE, null, YAMUX).start();
    for (int length : new int[] {0, 1, 31, 33, 64}) {
      byte[] cut = Arrays.copyOf(first, length);
      assertReason(HandshakeException.Reason.MALFORMED, () -> server(BOB, YAMUX).read(cut));
    }

    // The same keys throughout, so that one second message answers every fresh first one.
    NoiseIdentity alice = new NoiseIdentity(ALICE);
    X25519.Pair ephemeral = curves.generate();
    byte[] hello = new NoiseHandshake(true, alice, ephemeral, curves, null, YAMUX).start();
    byte[] second = answer(server(BOB, YAMUX).read(hello));
    for (int length = 0; length < second.length; length += 7) {
      byte[] cut = Arrays.copyOf(second, length);
      assertFails(() -> started(alice, ephemeral).read(cut));
    }
    Random random = new Random(20261122);
    for (int i = 0; i < 40; i++) {
      byte[] changed = second.clone();
      changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(7));
      assertFails(() -> started(alice, ephemeral).read(changed));
    }
    assertThat(started(alice, ephemeral).read(second)).isInstanceOf(NoiseHandshake.Step.Done.class);
  }

  @Test
  void aReplayedThirdMessageFails() throws Exception {
    NoiseHandshake initiator = client(ALICE, null, YAMUX);
    byte[] first = initiator.start();
    NoiseHandshake responder = server(BOB, YAMUX);
    byte[] third = done(initiator.read(answer(responder.read(first)))).last().orElseThrow();
    NoiseHandshake again = server(BOB, YAMUX);
    answer(again.read(first));
    assertReason(HandshakeException.Reason.UNAUTHENTIC, () -> again.read(third));
    byte[] changed = third.clone();
    changed[changed.length - 1] ^= 1;
    assertReason(HandshakeException.Reason.UNAUTHENTIC, () -> responder.read(changed));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0100000000000000000000000000000000000000000000000000000000000000",
        "e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
      })
  void keysOfLowOrderAreRefused(String hex) {
    byte[] first = HexFormat.of().parseHex(hex);
    assertReason(HandshakeException.Reason.MALFORMED, () -> server(BOB, YAMUX).read(first));
  }

  @Test
  void aCipherEndsBeforeItsCounterDoes() throws Exception {
    NoiseCipher cipher = new NoiseCipher(new byte[32]);
    cipher.jumpTo(-2);
    cipher.seal(new byte[16], 0, 0);
    assertReason(HandshakeException.Reason.INTERNAL, () -> cipher.seal(new byte[16], 0, 0));
  }

  private NoiseHandshake started(NoiseIdentity identity, X25519.Pair ephemeral)
      throws HandshakeException {
    NoiseHandshake handshake = new NoiseHandshake(true, identity, ephemeral, curves, null, YAMUX);
    handshake.start();
    return handshake;
  }

  private NoiseHandshake client(PrivateKey key, @Nullable PeerId expected, List<String> muxers) {
    return new NoiseHandshake(
        true, new NoiseIdentity(key), curves.generate(), curves, expected, muxers);
  }

  private NoiseHandshake server(PrivateKey key, List<String> muxers) {
    return new NoiseHandshake(
        false, new NoiseIdentity(key), curves.generate(), curves, null, muxers);
  }

  private static byte[] answer(NoiseHandshake.Step step) {
    return ((NoiseHandshake.Step.Answer) step).message();
  }

  private static NoiseHandshake.Step.Done done(NoiseHandshake.Step step) {
    return (NoiseHandshake.Step.Done) step;
  }

  private static List<String> list(String cell) {
    return cell.isBlank() ? List.of() : List.of(cell.strip().split(","));
  }

  private static byte[] sealed(NoiseCipher cipher, String text) throws HandshakeException {
    byte[] plain = text.getBytes(StandardCharsets.UTF_8);
    byte[] frame = Arrays.copyOf(plain, plain.length + 16);
    cipher.seal(frame, 0, plain.length);
    return frame;
  }

  private static NoiseIdentity identity(int node, int key) throws Exception {
    return new NoiseIdentity(seeded(node), pair(key));
  }

  private static PrivateKey seeded(int value) throws Exception {
    byte[] data = new byte[64];
    Arrays.fill(data, 0, 32, (byte) value);
    org.bouncycastle.math.ec.rfc8032.Ed25519.generatePublicKey(data, 0, data, 32);
    return PrivateKey.read(new KeyMessage(1, data).toBytes());
  }

  private static X25519.Pair pair(int value) throws Exception {
    byte[] seed = new byte[32];
    Arrays.fill(seed, (byte) value);
    byte[] open = new byte[32];
    org.bouncycastle.math.ec.rfc7748.X25519.generatePublicKey(seed, 0, open, 0);
    return new X25519.Pair(seed, open);
  }

  private static void assertReason(
      HandshakeException.Reason reason, org.assertj.core.api.ThrowableAssert.ThrowingCallable act) {
    assertThatThrownBy(act)
        .isInstanceOfSatisfying(
            HandshakeException.class, failure -> assertThat(failure.reason()).isEqualTo(reason));
  }

  private static void assertFails(org.assertj.core.api.ThrowableAssert.ThrowingCallable act) {
    assertThatThrownBy(act).isInstanceOf(HandshakeException.class);
  }
}
