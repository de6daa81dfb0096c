/**
 * Datagrams through the proxy: SOCKS 5 UDP ASSOCIATE.
 *
 * <p>Start with {@link UdpConfig} (what can be said), then {@link Association} (one client's
 * relay), then {@link Remotes} (whom it talks to, and what was decided about them).
 *
 * <p>Invariants: an association ends with its TCP connection; datagrams are taken from the address
 * of that connection only; nothing is sent to an address that the access list and the destination
 * guard were not asked about under the rules of now; every table and queue is bounded.
 *
 * <p>Spec: RFC 1928 §7, RFC 4787 §4, §5.
 */
@NullMarked
package io.fairlead.proxy.udp;

import org.jspecify.annotations.NullMarked;
