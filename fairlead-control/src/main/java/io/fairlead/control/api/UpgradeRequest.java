package io.fairlead.control.api;

import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The wish to be replaced by a new process.
 *
 * @param binary program to start instead of the running one
 * @param timeout for the new process to be ready
 * @param local whether the caller is the gateway's own user or root on the unix socket, and may
 *     name a binary
 */
public record UpgradeRequest(Optional<Path> binary, Duration timeout, boolean local, Who who) {}
