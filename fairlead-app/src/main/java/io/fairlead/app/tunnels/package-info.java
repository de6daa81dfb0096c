/**
 * Tunnels in the control API: agents and what they offer, tokens, and how this process's own agent
 * fares.
 */
@NullMarked
package io.fairlead.app.tunnels;

import org.jspecify.annotations.NullMarked;
