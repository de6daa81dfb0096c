/**
 * Static files: which file a path means, whether the client may have it, which part of it, and in
 * which coding.
 *
 * <p>Start with {@link io.fairlead.http.files.FileResponder}. {@link
 * io.fairlead.http.files.FileTree} is the only part that touches the file system, on a virtual
 * thread; {@link io.fairlead.http.files.Preconditions}, {@link io.fairlead.http.files.ByteRange}
 * and {@link io.fairlead.http.files.Coding} are pure.
 *
 * <p>Invariants: no byte outside the root unless {@code symlinks: follow}; a file is opened once
 * and its length taken from the descriptor; a name hidden by a rule and a name that does not exist
 * look the same.
 *
 * <p>Spec: RFC 9110 §8.8 (validators), §12.5.3 (codings), §13 (conditions), §14 (ranges).
 */
@NullMarked
package io.fairlead.http.files;

import org.jspecify.annotations.NullMarked;
