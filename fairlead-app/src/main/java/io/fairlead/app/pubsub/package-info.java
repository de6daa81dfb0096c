/**
 * What the control API tells about chains, and lets an operator do. Start with {@link ChainArea}.
 */
@NullMarked
package io.fairlead.app.pubsub;

import org.jspecify.annotations.NullMarked;
