package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PeerId;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One side of the handshake pattern XX.
 *
 * <pre>
 * initiator  start            (sends e)
 *            e, ee, s, es     (checks the responder; sends s, se; done)
 * responder  e                (sends e, ee, s, es)
 *            s, se            (checks the initiator; done)
 * </pre>
 *
 * Anything else ends it. Costs up to three agreements and a signature check at a step, so it does
 * not belong on an event loop; one thread at a time.
 *
 * @see <a href="https://noiseprotocol.org/noise.html#handshake-patterns">Noise §7</a>
 */
final class NoiseHandshake {
  /** A static key behind its tag. */
  private static final int SEALED_KEY_BYTES = X25519.KEY_BYTES + NoiseCipher.TAG_BYTES;

  private final boolean initiator;
  private final NoiseIdentity own;
  private final X25519.Pair ephemeral;
  private final Curves curves;
  private final @Nullable PeerId expected;
  private final List<String> muxers;
  private final NoiseState state = new NoiseState(new byte[0]);
  private byte[] remoteEphemeral = {};
  private boolean answered;

  NoiseHandshake(
      boolean initiator,
      NoiseIdentity own,
      X25519.Pair ephemeral,
      Curves curves,
      @Nullable PeerId expected,
      List<String> muxers) {
    this.initiator = initiator;
    this.own = own;
    this.ephemeral = ephemeral;
    this.curves = curves;
    this.expected = expected;
    this.muxers = muxers;
  }

  /** What is to be done after a message. */
  sealed interface Step {
    /** Send this and wait for the next message. */
    record Answer(byte[] message) implements Step {}

    /**
     * The channel stands.
     *
     * @param last to be sent before anything else; empty when nothing is to be sent
     */
    record Done(Optional<byte[]> last, Secured secured, NoiseCipher sending, NoiseCipher receiving)
        implements Step {}
  }

  /** The initiator's first message. */
  byte[] start() throws HandshakeException {
    state.mixHash(ephemeral.open());
    return joined(ephemeral.open(), state.sealAndHash(new byte[0]));
  }

  /**
   * Takes the next message of the other side.
   *
   * @throws HandshakeException it is not what it should be: close without a word
   */
  Step read(byte[] message) throws HandshakeException {
    if (initiator) return readResponder(message);
    if (answered) return readInitiator(message);
    answered = true;
    return answer(message);
  }

  private Step answer(byte[] message) throws HandshakeException {
    if (message.length != X25519.KEY_BYTES) throw wrongLength(message.length);
    takeEphemeral(message);
    state.openAndHash(new byte[0]);

    state.mixHash(ephemeral.open());
    state.mixKey(curves.agree(ephemeral, remoteEphemeral));
    byte[] sealedKey = state.sealAndHash(own.pair().open());
    state.mixKey(curves.agree(own.pair(), remoteEphemeral));
    byte[] sealedPayload = state.sealAndHash(own.payload(muxers));
    return new Step.Answer(joined(ephemeral.open(), sealedKey, sealedPayload));
  }

  private Step readResponder(byte[] message) throws HandshakeException {
    int keyEnd = X25519.KEY_BYTES + SEALED_KEY_BYTES;
    if (message.length < keyEnd + NoiseCipher.TAG_BYTES) throw wrongLength(message.length);
    takeEphemeral(message);
    state.mixKey(curves.agree(ephemeral, remoteEphemeral));
    byte[] remoteStatic = state.openAndHash(Arrays.copyOfRange(message, X25519.KEY_BYTES, keyEnd));
    state.mixKey(curves.agree(ephemeral, remoteStatic));
    byte[] payload = state.openAndHash(Arrays.copyOfRange(message, keyEnd, message.length));
    NoiseIdentity.Proven proven = NoiseIdentity.prove(payload, remoteStatic, curves);
    Secured secured = secured(proven, muxers, proven.muxers());

    byte[] sealedKey = state.sealAndHash(own.pair().open());
    state.mixKey(curves.agree(own.pair(), remoteEphemeral));
    byte[] last = joined(sealedKey, state.sealAndHash(own.payload(muxers)));
    NoiseCipher[] ciphers = state.split();
    return new Step.Done(Optional.of(last), secured, ciphers[0], ciphers[1]);
  }

  private Step readInitiator(byte[] message) throws HandshakeException {
    if (message.length < SEALED_KEY_BYTES + NoiseCipher.TAG_BYTES) {
      throw wrongLength(message.length);
    }
    byte[] remoteStatic = state.openAndHash(Arrays.copyOf(message, SEALED_KEY_BYTES));
    state.mixKey(curves.agree(ephemeral, remoteStatic));
    byte[] payload =
        state.openAndHash(Arrays.copyOfRange(message, SEALED_KEY_BYTES, message.length));
    NoiseIdentity.Proven proven = NoiseIdentity.prove(payload, remoteStatic, curves);
    Secured secured = secured(proven, proven.muxers(), muxers);
    NoiseCipher[] ciphers = state.split();
    return new Step.Done(Optional.empty(), secured, ciphers[1], ciphers[0]);
  }

  private void takeEphemeral(byte[] message) {
    remoteEphemeral = Arrays.copyOf(message, X25519.KEY_BYTES);
    state.mixHash(remoteEphemeral);
  }

  /** The initiator's order decides; a side that named none leaves it to later. */
  private Secured secured(
      NoiseIdentity.Proven proven, List<String> ofInitiator, List<String> ofResponder)
      throws HandshakeException {
    PeerId remote = proven.key().peerId();
    if (expected != null && !expected.equals(remote)) {
      throw new WrongPeerException(expected, remote);
    }
    if (ofInitiator.isEmpty() || ofResponder.isEmpty()) {
      return new Secured(remote, proven.key(), Optional.empty());
    }
    Optional<String> muxer = ofInitiator.stream().filter(ofResponder::contains).findFirst();
    if (muxer.isEmpty()) {
      throw new HandshakeException(
          HandshakeException.Reason.NO_MUXER, "noise: no multiplexer in common");
    }
    return new Secured(remote, proven.key(), muxer);
  }

  private static HandshakeException wrongLength(int bytes) {
    return new HandshakeException(
        HandshakeException.Reason.MALFORMED, "noise: a message of " + bytes + " bytes");
  }

  private static byte[] joined(byte[]... parts) {
    int size = 0;
    for (byte[] part : parts) size += part.length;
    byte[] all = new byte[size];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }
}
