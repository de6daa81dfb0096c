package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigEdit;

/**
 * An edit of a layer and who wanted it.
 *
 * @param ephemeral forgotten when the process ends
 */
public record LayerEdit(ConfigEdit edit, String who, boolean ephemeral) {}
