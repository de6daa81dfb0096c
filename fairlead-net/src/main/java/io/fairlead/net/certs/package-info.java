/**
 * Where certificates come from and how they stay fresh: files that are watched, an authority of our
 * own, an ACME server.
 *
 * <p>Start with {@link io.fairlead.net.certs.CertKeeper}, which turns the {@link
 * io.fairlead.net.certs.CertSource}s of a configuration into {@link
 * io.fairlead.net.tls.ServedCert}s and puts each next certificate into them; {@link
 * io.fairlead.net.certs.InternalCa} is the authority, {@code io.fairlead.net.acme} speaks to
 * others'.
 *
 * <p>Invariants: what is put into place was checked whole (key, order, dates); a failure of any
 * kind leaves the last good certificate where it is, and says so; one order at a time.
 *
 * <p>Spec: RFC 5280, RFC 8555, RFC 9773.
 */
@NullMarked
package io.fairlead.net.certs;

import org.jspecify.annotations.NullMarked;
