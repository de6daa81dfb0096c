package io.fairlead.core.config;

import java.time.Instant;

/**
 * One configuration that ran, or runs.
 *
 * @param version generation number, from 1, +1 with each applied change
 * @param origin who brought it, e.g. {@code "start"}, {@code "signal"}, {@code "api"}
 */
public record ConfigSnapshot<C>(long version, String origin, Instant loadedAt, C config) {}
