package io.fairlead.control.access;

/** Who holds the other end of a loopback connection. */
public sealed interface PeerOwner {
  /** A process of that uid has the socket open, and the connection is established. */
  record Uid(int uid) implements PeerOwner {}

  /**
   * It cannot be said.
   *
   * @param reason for the refusal's message
   */
  record Unknown(String reason) implements PeerOwner {}
}
