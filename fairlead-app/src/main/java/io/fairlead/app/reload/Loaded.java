package io.fairlead.app.reload;

import io.fairlead.core.config.Reading;

/**
 * A configuration as it was found just now.
 *
 * @param reading the value, or what is wrong
 * @param fingerprint digest of every file it names (certificates, users files), so that a changed
 *     certificate counts as a change
 */
public record Loaded<C>(Reading<C> reading, String fingerprint) {}
