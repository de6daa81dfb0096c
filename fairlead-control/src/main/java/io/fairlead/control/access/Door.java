package io.fairlead.control.access;

import java.net.InetSocketAddress;
import java.util.OptionalInt;

/** How a caller reached the control API. */
public sealed interface Door {
  /**
   * The unix socket.
   *
   * @param uid of the peer as the kernel says; empty where it does not say
   */
  record Unix(OptionalInt uid) implements Door {}

  /** TCP, both ends of the connection. */
  record Tcp(InetSocketAddress peer, InetSocketAddress local) implements Door {}
}
