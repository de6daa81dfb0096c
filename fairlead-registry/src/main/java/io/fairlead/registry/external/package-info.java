/**
 * A list in the configuration file of another program, kept in step by editing the file's text and
 * telling the program.
 *
 * <p>Start with {@link io.fairlead.registry.external.ExternalConfigTarget}: it puts {@code rewrite}
 * and {@code action} together behind the contract of {@code target}.
 *
 * <p>Invariants: the file is written only when its list must change; what is taken out is
 * remembered durably before the file loses it; the caller journals, this package does not.
 */
@NullMarked
package io.fairlead.registry.external;

import org.jspecify.annotations.NullMarked;
