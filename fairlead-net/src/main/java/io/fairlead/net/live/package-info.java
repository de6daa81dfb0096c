/** What is alive: one record per connection, indexed by the registry entry it works for. */
@NullMarked
package io.fairlead.net.live;

import org.jspecify.annotations.NullMarked;
