/**
 * TLS termination and origination from files.
 *
 * <p>Start with {@link io.fairlead.net.tls.ServerTls} and {@link io.fairlead.net.tls.ClientTls};
 * both are built once, fail with every file named, and then hand out handlers.
 *
 * <p>Invariants: TLS 1.2 and 1.3 only; no key pair is built in; a client verifies unless told
 * otherwise in so many words.
 *
 * <p>Spec: RFC 8446, RFC 7301, RFC 7468.
 */
@NullMarked
package io.fairlead.net.tls;

import org.jspecify.annotations.NullMarked;
