/**
 * The two doors of the control API: bound sockets, and the way of one request from the wire to a
 * virtual thread and back.
 *
 * <p>Start with {@link io.fairlead.control.netty.ControlDoors} (binding and the connection limits),
 * then {@link io.fairlead.control.netty.ControlHandler} (one request).
 *
 * <p>Invariants: one event loop of its own, never the data plane's; nothing on it blocks; what a
 * request asks for is done only after its caller was let in.
 */
@NullMarked
package io.fairlead.control.netty;

import org.jspecify.annotations.NullMarked;
