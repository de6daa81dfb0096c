package io.fairlead.libp2p.secure;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.netty.channel.ChannelHandler;
import java.util.List;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * Noise with the pattern XX: both sides show who they are inside the handshake, and agree on a
 * multiplexer along the way. Immutable; any thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/noise/README.md">noise-libp2p</a>
 */
public final class Noise implements SecureProtocol {
  public static final String ID = "/noise";

  private final NoiseIdentity identity;
  private final EphemeralKeys ephemeralKeys;
  private final Executor crypto;
  private final SystemCiphers ciphers;
  private final SystemCurves curves;
  private final SecureMeters.Handshakes meters;

  /**
   * @param identity signs the static key of this process, once
   * @param crypto runs agreements and signature checks, 0.3 to 2 ms each handshake; it is bounded,
   *     and a handshake it rejects fails
   */
  public Noise(PrivateKey identity, Executor crypto, SecureMeters meters) {
    this(identity, crypto, new SystemCiphers(crypto), new SystemCurves(crypto), meters);
  }

  Noise(
      PrivateKey identity,
      Executor crypto,
      SystemCiphers ciphers,
      SystemCurves curves,
      SecureMeters meters) {
    this.identity = new NoiseIdentity(identity);
    this.ephemeralKeys = new EphemeralKeys(crypto, curves);
    this.crypto = crypto;
    this.ciphers = ciphers;
    this.curves = curves;
    this.meters = meters.of("noise");
  }

  @Override
  public String id() {
    return ID;
  }

  @Override
  public ChannelHandler client(@Nullable PeerId expected, List<String> muxers) {
    return handler(true, expected, muxers);
  }

  @Override
  public ChannelHandler server(List<String> muxers) {
    return handler(false, null, muxers);
  }

  private NoiseHandler handler(boolean dialler, @Nullable PeerId expected, List<String> muxers) {
    NoiseHandshake handshake =
        new NoiseHandshake(
            dialler, identity, ephemeralKeys.take(), curves.now(), expected, List.copyOf(muxers));
    return new NoiseHandler(dialler, handshake, crypto, ciphers, meters);
  }
}
