/**
 * The few abstractions every part of Fairlead stands on. Nothing here knows a protocol or a socket.
 *
 * <p>Start with {@link io.fairlead.core.lifecycle.Service} (anything with a life) and {@link
 * io.fairlead.core.config.Reloadable} (how it changes), then {@link
 * io.fairlead.core.access.Entitlements} (who may use it).
 */
@NullMarked
package io.fairlead.core;

import org.jspecify.annotations.NullMarked;
