/** The only source of chance. */
@NullMarked
package io.fairlead.core.random;

import org.jspecify.annotations.NullMarked;
