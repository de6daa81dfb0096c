package io.fairlead.relay.codec;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.codec.ProtoReader;
import io.fairlead.libp2p.codec.ProtoWriter;
import java.util.Optional;

/**
 * What is said on the connection that was dialled back: the number of the request, and that it was
 * heard.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/autonat/autonat-v2.md">AutoNAT v2</a>
 */
public record DialBackMessage(long nonce) {
  /** Longest message, without its length. */
  public static final int BYTES_MAX = 1024;

  /**
   * Reads the number.
   *
   * @throws MalformedException no message, or without number
   */
  public static DialBackMessage read(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    Optional<Long> nonce = Optional.empty();
    while (in.next()) {
      if (in.field() == 1) nonce = Optional.of(in.fixed64());
      else in.skip();
    }
    return new DialBackMessage(
        nonce.orElseThrow(() -> new MalformedException("dial back: without nonce")));
  }

  public byte[] toBytes() {
    return new ProtoWriter().fixed64(1, nonce).toBytes();
  }

  /** The answer to it. */
  public static byte[] heard() {
    return new ProtoWriter().uint(1, 0).toBytes();
  }

  /**
   * Whether bytes are the answer.
   *
   * @throws MalformedException no message
   */
  public static boolean isHeard(byte[] message) throws MalformedException {
    ProtoReader in = new ProtoReader(message);
    int status = 0;
    while (in.next()) {
      if (in.field() == 1) status = in.number();
      else in.skip();
    }
    return status == 0;
  }
}
