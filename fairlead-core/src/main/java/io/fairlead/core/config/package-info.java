/**
 * Configuration as a value: one declarative definition per record, from which reader, JSON schema,
 * reference page, explanation, completion and reload class derive; and the two-phase change.
 */
@NullMarked
package io.fairlead.core.config;

import org.jspecify.annotations.NullMarked;
