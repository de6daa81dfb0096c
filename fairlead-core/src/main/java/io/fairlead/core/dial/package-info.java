/** The way out, as a port: destinations, dialers and their failures. */
@NullMarked
package io.fairlead.core.dial;

import org.jspecify.annotations.NullMarked;
