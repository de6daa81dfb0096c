package io.fairlead.proxy.codec;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Secret;
import java.net.InetAddress;
import java.util.Optional;

/** One message of a SOCKS client. */
public sealed interface SocksMessage {
  /**
   * The methods a version 5 client offers (RFC 1928 §3).
   *
   * @param offersNone method 0, no authentication
   * @param offersPassword method 2, user and password
   */
  record Greeting(boolean offersNone, boolean offersPassword) implements SocksMessage {}

  /** User and password (RFC 1929 §2). */
  record Password(String user, Secret password) implements SocksMessage {}

  /** A version 5 request (RFC 1928 §4). */
  record Request5(Command command, Destination.HostPort destination) implements SocksMessage {}

  /**
   * A version 5 request for datagrams (RFC 1928 §7).
   *
   * @param address where the client will send from; empty when it does not say
   * @param port where the client will send from; 0 when it does not say
   */
  record Associate5(Optional<InetAddress> address, int port) implements SocksMessage {}

  /**
   * A version 5 request to wait for a connection (RFC 1928 §4).
   *
   * @param from who will connect, name or address; empty when anybody may
   * @param port the port the client named; 0 when it named none
   */
  record Bind5(Optional<String> from, int port) implements SocksMessage {}

  /**
   * A version 4 or 4a request.
   *
   * @param userid may be empty
   */
  record Request4(Command command, Destination.HostPort destination, String userid)
      implements SocksMessage {}

  /** Bytes that are no message; nothing after them is looked at. */
  record Malformed(Fault fault) implements SocksMessage {}

  /** What is asked for. */
  enum Command {
    CONNECT,
    BIND,
    UDP_ASSOCIATE,
    UNKNOWN
  }

  /** What is wrong. */
  enum Fault {
    /** The version byte is not the one this message must have. */
    VERSION,
    /** RFC 1929 with an empty user or password. */
    EMPTY_CREDENTIALS,
    /** The reserved byte is not zero. */
    RESERVED,
    /** An address type that RFC 1928 does not know. */
    ADDRESS_TYPE,
    /** A name that is empty or no host name; or port 0 where a connection is asked for. */
    ADDRESS,
    /** A version 4 text longer than 255 bytes. */
    TOO_LONG
  }
}
