/**
 * What is alive: one record per connection, indexed by the registry entry it works for.
 *
 * <p>Start with {@link io.fairlead.net.live.ConnectionRegistry}; a feature finds its connection's
 * record with {@link io.fairlead.net.live.ConnectionRegistry#of}.
 *
 * <p>Invariants: a record is in the registry exactly while its channel is open; it is in the index
 * under the entry of its principal and under that of its destination; a cut costs the work cut.
 */
@NullMarked
package io.fairlead.net.live;

import org.jspecify.annotations.NullMarked;
