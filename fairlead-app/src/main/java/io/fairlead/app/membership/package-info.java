/**
 * Membership before there is a registry: a file the operator edits, watched on its own and never
 * part of a reload.
 *
 * <p>Start with {@link io.fairlead.app.membership.MembershipFile} (reads and checks), then {@link
 * io.fairlead.app.membership.MembershipService} (follows the file).
 *
 * <p>Invariants: a file that is missing, unreadable, half-written, wrong or suddenly empty never
 * changes the membership; the last good picture stays and the log says why.
 */
@NullMarked
package io.fairlead.app.membership;

import org.jspecify.annotations.NullMarked;
