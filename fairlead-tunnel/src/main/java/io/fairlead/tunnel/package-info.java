/**
 * NAT tunnels: an agent behind NAT dials out to a server and serves on that connection; the server
 * exposes the services of the agent.
 */
@NullMarked
package io.fairlead.tunnel;

import org.jspecify.annotations.NullMarked;
