/** Latest-value publication for state that others read. */
@NullMarked
package io.fairlead.core.watch;

import org.jspecify.annotations.NullMarked;
