/**
 * The SOCKS handshake as a machine: versions 4, 4a and 5, with user and password.
 *
 * <p>Start with {@link SocksHandshake}; its inputs are {@link SocksInput}, its wishes {@link
 * SocksEffect}. The handler that performs them is in {@code netty}.
 *
 * <p>Invariants: nothing is opened before authentication; a method is never chosen that was not
 * offered; after an answer that refuses, nothing more is read.
 *
 * <p>Spec: RFC 1928, RFC 1929, SOCKS 4 and 4a.
 */
@NullMarked
package io.fairlead.proxy.socks;

import org.jspecify.annotations.NullMarked;
