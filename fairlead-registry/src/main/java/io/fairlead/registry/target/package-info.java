/**
 * What follows a list.
 *
 * <p>Start with {@link io.fairlead.registry.target.Target}: reading, writing, making the process
 * obey and making sure are separate, because each step is journalled before the next.
 *
 * <p>Invariants: {@link io.fairlead.registry.target.Target#apply} is durable when it returns;
 * "already written" never means "already obeyed"; a target is called by one thread.
 */
@NullMarked
package io.fairlead.registry.target;

import org.jspecify.annotations.NullMarked;
