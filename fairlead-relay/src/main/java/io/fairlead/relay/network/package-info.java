/**
 * Which network (autonomous system) an address belongs to, by a table that an operator gives: two
 * relays of one network fail together, and peers of one network may be one person.
 *
 * <p>Start with {@link io.fairlead.relay.network.Networks}; {@link
 * io.fairlead.relay.network.AsnTable} is the table, {@link io.fairlead.relay.network.AsnFile} the
 * file it is read from.
 *
 * <p>Invariants: a table that cannot be read replaces none; nothing here is looked up elsewhere.
 */
@NullMarked
package io.fairlead.relay.network;

import org.jspecify.annotations.NullMarked;
