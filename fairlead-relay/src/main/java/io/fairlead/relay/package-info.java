/**
 * How a node behind NAT stays reachable: circuits through relays (circuit relay v2), what it knows of
 * its own reachability, and the finder that keeps it supplied with relays.
 */
@NullMarked
package io.fairlead.relay;

import org.jspecify.annotations.NullMarked;
