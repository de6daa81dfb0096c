/**
 * The gateway process: the one place that sees every part.
 *
 * <p>Start with {@link io.fairlead.app.Gateway} (the whole program on two screens), then {@code
 * reload} (how a configuration becomes the running one), then {@code config} (the file's top level)
 * and {@code systemd} (what the service manager hears).
 */
@NullMarked
package io.fairlead.app;

import org.jspecify.annotations.NullMarked;
