/**
 * Who may publish to and read which topics, from a file: a superset of Mosquitto's {@code
 * acl_file}.
 *
 * <p>Start with {@link io.fairlead.mqtt.acl.AclFile} (reads it), then {@link
 * io.fairlead.mqtt.acl.AclAuthorizer} (picks a client's lines) and {@link
 * io.fairlead.mqtt.acl.AclRights} (decides).
 *
 * <p>Order of a decision: {@code rule} lines, the first that fits; then a fitting {@code deny};
 * then any fitting grant; then the default.
 *
 * <p>Invariants: what a client chose itself (its id, a name in its token) never becomes more than
 * one literal level of a filter; a list in force is never changed, only replaced; a decision about
 * a message allocates nothing.
 */
@NullMarked
package io.fairlead.mqtt.acl;

import org.jspecify.annotations.NullMarked;
