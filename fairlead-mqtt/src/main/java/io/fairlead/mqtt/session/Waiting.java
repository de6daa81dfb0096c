package io.fairlead.mqtt.session;

import io.fairlead.mqtt.store.Message;

/**
 * A message of a shared group that no member has.
 *
 * @param sequence in the group's queue in the store; 0: it is not kept there
 */
public record Waiting(Message message, long sequence) {}
