/** Values with units: sizes, limits, back-off. */
@NullMarked
package io.fairlead.core.unit;

import org.jspecify.annotations.NullMarked;
