/**
 * How fast bytes may go.
 *
 * <p>Start with {@link io.fairlead.net.rate.ByteBucket}. It counts and says how long to rest; who
 * asks stops reading for that long. Nothing is dropped here and nothing is queued.
 *
 * <p>Invariants: one atomic word for each bucket; without a rate a bucket costs one volatile read.
 */
@NullMarked
package io.fairlead.net.rate;

import org.jspecify.annotations.NullMarked;
