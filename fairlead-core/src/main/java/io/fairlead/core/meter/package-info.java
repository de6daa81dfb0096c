/** How a module declares what it counts. */
@NullMarked
package io.fairlead.core.meter;

import org.jspecify.annotations.NullMarked;
