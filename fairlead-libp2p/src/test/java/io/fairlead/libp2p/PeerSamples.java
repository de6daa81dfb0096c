package io.fairlead.libp2p;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import java.util.List;
import java.util.stream.Stream;

/** Peers and addresses by number. */
public final class PeerSamples {
  private PeerSamples() {}

  /** A peer whose id is a hash of nothing. */
  public static PeerId peer(int number) {
    byte[] multihash = new byte[34];
    multihash[0] = 0x12;
    multihash[1] = 32;
    multihash[2] = (byte) (number >>> 8);
    multihash[3] = (byte) number;
    try {
      return PeerId.of(multihash);
    } catch (MalformedException impossible) {
      throw new IllegalStateException(impossible);
    }
  }

  public static Multiaddr address(String text) {
    try {
      return Multiaddr.parse(text);
    } catch (MalformedException wrong) {
      throw new IllegalArgumentException(text, wrong);
    }
  }

  public static List<Multiaddr> addresses(String... texts) {
    return Stream.of(texts).map(PeerSamples::address).toList();
  }
}
