package io.fairlead.net.hello;

import java.util.List;
import java.util.Optional;

/** What is known about a client by its first bytes. */
public sealed interface ClientHello {
  /** More bytes are needed. */
  record Incomplete() implements ClientHello {}

  /**
   * A client speaks TLS.
   *
   * @param serverName asked for, in lower case, without a dot at its end; with Encrypted Client
   *     Hello the public one
   * @param protocols offered, in the client's order, reserved values included
   */
  record Named(Optional<String> serverName, List<String> protocols) implements ClientHello {
    public Named {
      protocols = List.copyOf(protocols);
    }
  }

  /** The first byte begins no TLS handshake. */
  record NotTls() implements ClientHello {}

  /**
   * It begins like TLS and breaks its rules, or is too long.
   *
   * @param reason stable words
   */
  record Malformed(String reason) implements ClientHello {}

  ClientHello INCOMPLETE = new Incomplete();
  ClientHello NOT_TLS = new NotTls();
}
