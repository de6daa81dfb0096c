package io.fairlead.pubsub.subscription;

import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.codec.ServerIdKey;

/**
 * What the server calls a subscription.
 *
 * @param verbatim the JSON value as it came; goes back when unsubscribing
 * @param key under which notifications find it
 */
public record ServerToken(JsonSlice verbatim, ServerIdKey key) {}
