/** TLS termination and origination from files. */
@NullMarked
package io.fairlead.net.tls;

import org.jspecify.annotations.NullMarked;
