package io.fairlead.mqtt.trace;

import java.time.Instant;
import java.util.Optional;

/**
 * One packet.
 *
 * @param number within its trace, from 1
 * @param received by the broker, else sent
 * @param packet its type, as the standard writes it
 * @param packetId 0: it has none
 * @param topic or filters, of packets that have one
 * @param qos of messages; -1: it is none
 * @param payloadBytes of messages
 * @param word what a reason code says, where it is not success
 */
public record TraceLine(
    long number,
    Instant at,
    boolean received,
    String clientId,
    String address,
    String packet,
    int packetId,
    Optional<String> topic,
    int qos,
    boolean retain,
    boolean dup,
    int payloadBytes,
    Optional<String> word) {}
