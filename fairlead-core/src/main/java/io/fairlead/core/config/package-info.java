/**
 * Configuration as a value: one declarative definition per record, from which reader, JSON schema,
 * reference page, explanation, completion and reload class derive; and the two-phase change.
 *
 * <p>To define: {@link RecordType#define} with {@link Types} and {@link Fields}. To read: {@link
 * ConfigReader}, which returns a {@link Reading}. To change what runs: {@link Reloadable}.
 *
 * <p>Flow: {@code YamlText} (events of the YAML parser to {@link Node}s, with {@code Substitution})
 * → {@link RecordType} and the types of its keys → value, {@link Effective} settings and {@link
 * Problem}s.
 *
 * <p>Invariants: a reading reports all problems it can find and never throws for what a text holds;
 * no problem, effective setting or shown text contains a secret; everything a peer of an editor
 * could make large (bytes, depth, aliases, problems) is bounded.
 */
@NullMarked
package io.fairlead.core.config;

import org.jspecify.annotations.NullMarked;
