package io.fairlead.libp2p.codec;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What either side proves inside the Noise handshake.
 *
 * @param identityKey the {@code PublicKey} message
 * @param identitySignature over the static Noise key
 * @param muxers protocol ids in order of preference; empty means that it did not say
 * @see <a href="https://github.com/libp2p/specs/blob/master/noise/README.md">noise-libp2p</a>
 */
public record NoisePayload(byte[] identityKey, byte[] identitySignature, List<String> muxers) {
  /** Muxers read at most; the rest is passed over. */
  static final int MUXERS_MAX = 64;

  public NoisePayload {
    muxers = List.copyOf(muxers);
  }

  /**
   * Reads a payload.
   *
   * @throws MalformedException no message, or key or signature are missing
   */
  public static NoisePayload read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<byte[]> key = Optional.empty();
    Optional<byte[]> signature = Optional.empty();
    List<String> muxers = new ArrayList<>();
    while (in.next()) {
      switch (in.field()) {
        case 1 -> key = Optional.of(in.bytes());
        case 2 -> signature = Optional.of(in.bytes());
        case 4 -> readExtensions(in.bytes(), muxers);
        default -> in.skip(); // 3 was a data field once
      }
    }
    if (key.isEmpty() || signature.isEmpty()) {
      throw new MalformedException("noise payload: key or signature missing");
    }
    return new NoisePayload(key.get(), signature.get(), muxers);
  }

  private static void readExtensions(byte[] message, List<String> muxers)
      throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    while (in.next()) {
      if (in.field() == 2 && muxers.size() < MUXERS_MAX) muxers.add(in.string());
      else in.skip();
    }
  }

  public byte[] toBytes() {
    ProtoWriter out = new ProtoWriter().bytes(1, identityKey).bytes(2, identitySignature);
    if (!muxers.isEmpty()) {
      ProtoWriter extensions = new ProtoWriter();
      for (String muxer : muxers) extensions.string(2, muxer);
      out.bytes(4, extensions.toBytes());
    }
    return out.toBytes();
  }
}
