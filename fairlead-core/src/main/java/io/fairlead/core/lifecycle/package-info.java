/** Services, their states, and the tree that starts, drains and closes them in order. */
@NullMarked
package io.fairlead.core.lifecycle;

import org.jspecify.annotations.NullMarked;
