package io.fairlead.control.api;

import java.time.Duration;
import java.util.Optional;

/**
 * A wish to end the process.
 *
 * @param drain how long live work may go on; zero cuts it; empty means as configured
 */
public record StopRequest(Optional<Duration> drain, Who who) {}
