/**
 * {@code fairlead doctor}: looks at a machine and a configuration and says what is well, what is
 * doubtful and what will fail, each with its fix.
 *
 * <p>Start with {@link io.fairlead.app.doctor.Doctor}; {@link io.fairlead.app.doctor.Finding} is
 * what it says. {@code MachineChecks} needs no configuration, {@code FileChecks} and {@code
 * NetworkChecks} follow what one names, {@code SecurityChecks} asks what is open.
 *
 * <p>Invariants: nothing here changes anything; a port is bound for an instant at most; no finding
 * holds a secret.
 */
@NullMarked
package io.fairlead.app.doctor;

import org.jspecify.annotations.NullMarked;
