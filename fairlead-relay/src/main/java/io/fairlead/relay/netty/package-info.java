/**
 * Messages on streams, where channels are touched.
 *
 * <p>Start with {@link io.fairlead.relay.netty.MessageStream}, in which all protocols of this
 * module talk.
 *
 * <p>Invariants: not a byte behind a message is lost or read as part of it; what is waited for is
 * waited for in bounded time.
 */
@NullMarked
package io.fairlead.relay.netty;

import org.jspecify.annotations.NullMarked;
