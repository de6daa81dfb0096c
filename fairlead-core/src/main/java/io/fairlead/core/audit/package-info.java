/** The port through which every part records what must be accounted for. */
@NullMarked
package io.fairlead.core.audit;

import org.jspecify.annotations.NullMarked;
