/**
 * Certificates from an ACME server (RFC 8555): accounts, orders, and the proofs that a host is
 * ours.
 *
 * <p>Start with {@link io.fairlead.net.acme.AcmeClient}, which takes one order from beginning to
 * end on the calling thread; {@link io.fairlead.net.acme.HttpChallenges} (http-01) and {@link
 * io.fairlead.net.tls.AlpnChallenges} (tls-alpn-01) hold the proofs that listeners show meanwhile;
 * {@link io.fairlead.net.acme.Renewal} says when to ask again.
 *
 * <p>Invariants: nothing here is loaded unless a certificate is configured to come from a server;
 * no listener waits for an order; what a server says about pauses is obeyed.
 */
@NullMarked
package io.fairlead.net.acme;

import org.jspecify.annotations.NullMarked;
