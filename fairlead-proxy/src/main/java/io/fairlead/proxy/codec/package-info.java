/**
 * The bytes of SOCKS 4, 4a and 5, and of user/password authentication.
 *
 * <p>Start with {@link SocksMessage} (what a client can say), then {@link SocksDecoder} and {@link
 * SocksReply} (what it hears).
 *
 * <p>Invariants: the decoder consumes bytes only with a whole message, so any fragmentation gives
 * the same messages; it never reads beyond the message asked for.
 *
 * <p>Spec: RFC 1928, RFC 1929; SOCKS 4 and its 4a extension.
 */
@NullMarked
package io.fairlead.proxy.codec;

import org.jspecify.annotations.NullMarked;
