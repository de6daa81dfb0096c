package io.fairlead.core.config;

import org.jspecify.annotations.Nullable;

/**
 * A value together with how it would be written.
 *
 * @param tree Map, List, String, Long, Double, Boolean, {@code Secret} (never printed), or null
 *     when nothing would be written
 */
public record Parsed<T>(T value, @Nullable Object tree) {}
