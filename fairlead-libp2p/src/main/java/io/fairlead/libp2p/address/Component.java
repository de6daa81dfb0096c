package io.fairlead.libp2p.address;

import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import java.util.Arrays;

/** One part of a {@link Multiaddr}: a view into its bytes. Immutable. */
public final class Component {
  private final AddressProtocol protocol;
  private final byte[] bytes;
  private final int start;
  private final int from;
  private final int to;

  Component(AddressProtocol protocol, byte[] bytes, int start, int from, int to) {
    this.protocol = protocol;
    this.bytes = bytes;
    this.start = start;
    this.from = from;
    this.to = to;
  }

  public AddressProtocol protocol() {
    return protocol;
  }

  /** The value without its length; a copy. */
  public byte[] value() {
    return Arrays.copyOfRange(bytes, from, to);
  }

  /** The value as text, without the slash before it; empty for a protocol without value. */
  public String text() {
    try {
      return protocol.form().text(value());
    } catch (MalformedException impossible) {
      throw new IllegalStateException("checked when the address was made", impossible);
    }
  }

  /** The value of a port or another number. */
  public long number() {
    return ValueForm.number(value());
  }

  /** The value of a {@link AddressProtocol#P2P} part. */
  public PeerId peerId() {
    try {
      return PeerId.of(bytes, from, to);
    } catch (MalformedException notAPeer) {
      throw new IllegalStateException("component: " + this + " (expected: p2p)", notAPeer);
    }
  }

  /** Where it starts in the bytes of its address. */
  int start() {
    return start;
  }

  /** Where it ends there. */
  int end() {
    return to;
  }

  /** As in an address: {@code /tcp/4001}. */
  @Override
  public String toString() {
    String text = text();
    if (text.isEmpty()) return "/" + protocol.word();
    return "/" + protocol.word() + (text.charAt(0) == '/' ? text : "/" + text);
  }
}
