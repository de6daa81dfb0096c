/**
 * What the two sides decide, without I/O: who may come and with what ({@link
 * io.fairlead.tunnel.session.Logins}, {@link io.fairlead.tunnel.session.Grants}), which ports are
 * free ({@link io.fairlead.tunnel.session.PortPool}), when to dial again ({@link
 * io.fairlead.tunnel.session.Backoff}).
 *
 * <p>Invariants: nothing here reads a clock or opens anything; who is refused gets a stable word.
 */
@NullMarked
package io.fairlead.tunnel.session;

import org.jspecify.annotations.NullMarked;
