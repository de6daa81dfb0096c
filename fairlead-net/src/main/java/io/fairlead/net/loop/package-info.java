/** Event loops: the threads of the data plane, and their timers. */
@NullMarked
package io.fairlead.net.loop;

import org.jspecify.annotations.NullMarked;
