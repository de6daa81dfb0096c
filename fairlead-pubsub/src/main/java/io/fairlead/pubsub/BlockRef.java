package io.fairlead.pubsub;

/** One block: its height and its hash. */
public record BlockRef(long number, Hash hash) {}
