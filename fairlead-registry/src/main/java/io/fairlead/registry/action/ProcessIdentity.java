package io.fairlead.registry.action;

import java.time.Instant;
import java.util.Optional;

/**
 * What tells one process from the next with the same number.
 *
 * @param startTicks clock ticks between the boot and its start (proc(5), field 22); elsewhere
 *     milliseconds since 1970
 * @param started the same as wall time, good to about a second
 * @param command its arguments joined by blanks; empty when they may not be read
 * @param user name of its effective user, else the number
 */
public record ProcessIdentity(
    long pid, long startTicks, Optional<Instant> started, String command, String user) {}
