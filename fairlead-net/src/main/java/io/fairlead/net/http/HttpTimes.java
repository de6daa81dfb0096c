package io.fairlead.net.http;

import java.time.Duration;

/** How long clients may take after a request's head; see {@link HttpSettings} for each. */
public record HttpTimes(Duration keepAlive, Duration bodyIdle, Duration writeStall) {}
