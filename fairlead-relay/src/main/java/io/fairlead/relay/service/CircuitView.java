package io.fairlead.relay.service;

import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.reservation.CircuitLimit;
import java.time.Instant;

/**
 * A live circuit, for onlookers.
 *
 * @param number tells it from others of this process
 * @param source who asked for it
 * @param forthBytes passed from source to target so far
 * @param backBytes passed from target to source so far
 */
public record CircuitView(
    long number,
    PeerId source,
    PeerId target,
    Instant since,
    CircuitLimit limit,
    long forthBytes,
    long backBytes) {}
