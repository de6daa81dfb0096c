package io.fairlead.control.http;

import io.fairlead.control.access.Role;
import java.net.InetAddress;
import java.util.Optional;

/**
 * Who sent a request.
 *
 * @param from address and port, or the unix socket, as the audit file says it
 * @param address of the peer; empty for the unix socket
 * @param session key in its cookie
 * @param secure whether the connection is TLS
 */
public record Caller(
    Role role,
    String from,
    Optional<InetAddress> address,
    Optional<String> session,
    boolean secure) {
  @Override
  public String toString() {
    return role + " from " + from; // no session
  }
}
