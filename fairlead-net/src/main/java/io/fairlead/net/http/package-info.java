/**
 * HTTP/1 as the gateway speaks it: heads as slices, exchanges as callbacks, forwarding with
 * end-to-end back-pressure.
 */
@NullMarked
package io.fairlead.net.http;

import org.jspecify.annotations.NullMarked;
