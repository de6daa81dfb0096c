/** Who may use what: principals, memberships, verdicts, and the cut that follows a revocation. */
@NullMarked
package io.fairlead.core.access;

import org.jspecify.annotations.NullMarked;
