/**
 * The one writer of the membership.
 *
 * <p>Start with {@link io.fairlead.core.membership.MembershipKeeper}: it publishes each new
 * picture, cuts who left it, and writes the audit line. Sources of pictures (a watched file, later
 * a chain) hand them in.
 *
 * <p>Invariant: a decision taken after {@code apply} began never sees the former picture once the
 * cut has started.
 */
@NullMarked
package io.fairlead.core.membership;

import org.jspecify.annotations.NullMarked;
