package io.fairlead.app.pubsub;

/**
 * How a named subscription stands.
 *
 * @param localId empty until it was subscribed to
 * @param trouble why it does not follow; empty while it does
 * @param block newest block that was told of; -1 until there was one
 * @param told messages since the start
 * @param open messages that are not yet safe with the broker
 */
public record NamedReport(
    String name,
    String kind,
    String localId,
    String phase,
    String trouble,
    long block,
    long told,
    int open) {}
