/**
 * Takes items out of a list in somebody's configuration file, and puts them back, without touching
 * anything else in it: text is spliced, never dumped anew.
 *
 * <p>Start with {@link io.fairlead.registry.rewrite.ListEdit} (a text in, a text out, no I/O); what
 * has been taken out so far is a {@link io.fairlead.registry.rewrite.ListMemory}. Then {@link
 * io.fairlead.registry.rewrite.FileSwap}, which replaces a file under a lock so that a crash leaves
 * the old or the new one.
 *
 * <p>Invariants: the new text, parsed again, is the old tree except for that list, or there is no
 * new text. Every byte outside of the lines of the list is the same. A text that cannot be edited
 * so is refused with its line and column; nothing throws otherwise, whatever the bytes.
 */
@NullMarked
package io.fairlead.registry.rewrite;

import org.jspecify.annotations.NullMarked;
