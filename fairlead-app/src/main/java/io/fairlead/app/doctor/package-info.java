/**
 * {@code fairlead doctor}: looks at a machine and a configuration and says what is well, what is
 * doubtful and what will fail, each with its fix.
 *
 * <p>Start with {@link io.fairlead.app.doctor.Doctor}; {@link io.fairlead.app.doctor.Finding} is
 * what it says. {@code MachineChecks} needs no configuration, {@code FileChecks} and {@code
 * NetworkChecks} follow what one names, {@code SecurityChecks} asks what is open. {@code
 * BrokerChecks}, {@code PeerChecks} (tunnels and relays) and {@code ChainChecks} look at features
 * that are configured; {@link io.fairlead.app.doctor.RunningGateway} is what a process that runs
 * says of them.
 *
 * <p>Invariants: nothing here changes anything (a broker that runs passes three messages on to
 * ourselves); a port is bound for an instant at most; no finding holds a secret.
 */
@NullMarked
package io.fairlead.app.doctor;

import org.jspecify.annotations.NullMarked;
