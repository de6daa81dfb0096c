/**
 * Where the registry meets the rest of the gateway: the pools it fills, the resources it shows, and
 * the same without a running gateway.
 *
 * <p>Start with {@link io.fairlead.app.registry.PoolMembers} (upstreams as a registry sees them)
 * and {@link io.fairlead.app.registry.RegistryArea} (the control API).
 */
@NullMarked
package io.fairlead.app.registry;

import org.jspecify.annotations.NullMarked;
