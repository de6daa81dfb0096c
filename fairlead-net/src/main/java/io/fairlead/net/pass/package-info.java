/**
 * Words and descriptors between two processes of one machine: how a gateway gives its bound sockets
 * to its successor.
 *
 * <p>Start with {@link io.fairlead.net.pass.PassingDoor}, which the giving side opens; the other
 * side knocks with {@link io.fairlead.net.pass.PassingLine#connect}. A line is two connections of
 * one unix socket, the first for frames of bytes and the second for descriptors (SCM_RIGHTS,
 * unix(7)), because one channel reads either the one or the other.
 *
 * <p>Invariants: the peer's user is known by SO_PEERCRED before anything is read; both connections
 * belong to one process; descriptors arrive in the order in which they were passed; whoever hears a
 * descriptor owns it. What the frames say is not known here.
 */
@NullMarked
package io.fairlead.net.pass;

import org.jspecify.annotations.NullMarked;
