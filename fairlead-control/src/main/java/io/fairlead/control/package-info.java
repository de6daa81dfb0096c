/**
 * The control API: an HTTP server of its own, on a loop of its own, that shows and steers the
 * gateway.
 *
 * <p>Start with {@link io.fairlead.control.ControlServer} (the service) and {@link
 * io.fairlead.control.ControlConfig} (its section), then {@code control.api} (what it asks of the
 * gateway), {@code control.access} (who may), {@code control.http} (every resource), {@code
 * control.netty} (sockets), {@code control.dashboard} (the pages) and {@code control.series} (what
 * their charts show).
 *
 * <p>Invariants: it serves before anything else is started and until everything else is closed; it
 * shares neither threads nor limits with traffic; it gives out no secret.
 */
@NullMarked
package io.fairlead.control;

import org.jspecify.annotations.NullMarked;
