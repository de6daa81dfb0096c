/** The way out: resolution, the destination guard, happy eyeballs. */
@NullMarked
package io.fairlead.net.dial;

import org.jspecify.annotations.NullMarked;
