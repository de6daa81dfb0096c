/**
 * What the control API asks of the gateway behind it, and the reports it gets.
 *
 * <p>Start with {@link io.fairlead.control.api.GatewayControl}, the port the composition root
 * implements. The records beside it are plain values: no JSON, no HTTP; how they look on the wire
 * is {@code io.fairlead.control.http}'s matter.
 *
 * <p>Invariants: nothing here carries a secret; whoever builds a report has redacted it.
 */
@NullMarked
package io.fairlead.control.api;

import org.jspecify.annotations.NullMarked;
