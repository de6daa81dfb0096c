/** Users files and the checking of passwords. */
@NullMarked
package io.fairlead.net.auth;

import org.jspecify.annotations.NullMarked;
