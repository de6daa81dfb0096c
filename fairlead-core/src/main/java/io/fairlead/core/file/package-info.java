/**
 * Files that must be whole at every moment: written beside, made durable, renamed into place.
 *
 * <p>Start with {@link io.fairlead.core.file.StagedFile}.
 *
 * <p>Invariants: a reader sees the old content or the new, never a part; what is published is on
 * the disk before its name points to it.
 */
@NullMarked
package io.fairlead.core.file;

import org.jspecify.annotations.NullMarked;
