/**
 * What a TLS client says before anything is encrypted.
 *
 * <p>Start with {@link io.fairlead.net.hello.ClientHelloReader}. Invariants: it reads only what was
 * given to it, keeps at most one ClientHello, answers every input, and never throws for what a peer
 * sent.
 *
 * <p>Spec: RFC 8446 §4.1.2, §4.2, §5.1; RFC 6066 §3; RFC 7301 §3.1; RFC 8701.
 */
@NullMarked
package io.fairlead.net.hello;

import org.jspecify.annotations.NullMarked;
