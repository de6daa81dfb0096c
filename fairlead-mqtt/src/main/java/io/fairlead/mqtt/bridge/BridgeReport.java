package io.fairlead.mqtt.bridge;

import java.time.Instant;

/**
 * A bridge, to be shown.
 *
 * @param state {@code up}, {@code connecting}, {@code waiting}, {@code held} or {@code stopped}
 * @param address it is connected to or tries next
 * @param since of the state
 * @param trouble the last thing that went wrong, with its fix where there is one; empty: nothing
 * @param queued messages that wait to leave
 * @param inflight messages that left and are not acknowledged
 */
public record BridgeReport(
    String name,
    String state,
    String address,
    String version,
    Instant since,
    String trouble,
    int queued,
    int inflight,
    long sent,
    long received,
    long dropped) {}
