/** Listeners: bound addresses that outlive the faces behind them. */
@NullMarked
package io.fairlead.net.listen;

import org.jspecify.annotations.NullMarked;
