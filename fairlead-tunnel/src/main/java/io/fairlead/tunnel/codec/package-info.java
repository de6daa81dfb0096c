/**
 * What agents and servers say to each other: control lines, tokens, keys and proofs, and the
 * capsules that carry datagrams. Bytes to records and back, without I/O.
 *
 * <p>Start with {@link io.fairlead.tunnel.codec.ControlMessage}, then {@link
 * io.fairlead.tunnel.codec.ControlCodec}.
 *
 * <p>Invariants: a record that exists is valid; a peer's malformed text is a {@link
 * io.fairlead.tunnel.codec.BadControlException}, never anything else.
 *
 * <p>Spec: RFC 8259 (JSON), RFC 8032 (Ed25519), RFC 2104 (HMAC), RFC 9266 (channel bindings), RFC
 * 9297 (capsules), RFC 9298 (UDP).
 */
@NullMarked
package io.fairlead.tunnel.codec;

import org.jspecify.annotations.NullMarked;
