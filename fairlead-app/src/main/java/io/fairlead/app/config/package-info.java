/**
 * The top-level sections of the configuration file that belong to no feature: runtime, limits,
 * logs, certificates and listeners. {@link io.fairlead.app.GatewayConfig} composes them with the
 * features' own.
 */
@NullMarked
package io.fairlead.app.config;

import org.jspecify.annotations.NullMarked;
