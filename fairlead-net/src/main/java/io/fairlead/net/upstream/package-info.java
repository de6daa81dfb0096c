/**
 * Named groups of servers as a feature sees them that forwards bytes and knows nothing of balancing
 * and health: the port between those who keep such groups and those who bring streams to them.
 *
 * <p>Start with {@link io.fairlead.net.upstream.StreamUpstreams}; whoever composes the program
 * supplies it.
 *
 * <p>Invariants: a seat that was taken is given back exactly once; an endpoint that may not be
 * talked to any more severs the work that sits there.
 */
@NullMarked
package io.fairlead.net.upstream;

import org.jspecify.annotations.NullMarked;
