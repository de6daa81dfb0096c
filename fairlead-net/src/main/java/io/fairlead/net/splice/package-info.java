/** Joins two connections byte for byte. */
@NullMarked
package io.fairlead.net.splice;

import org.jspecify.annotations.NullMarked;
