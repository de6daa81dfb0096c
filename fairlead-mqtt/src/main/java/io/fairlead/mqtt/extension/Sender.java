package io.fairlead.mqtt.extension;

/**
 * Whose message it is, or who is to get it.
 *
 * @param account its name; {@code anonymous} for nobody's
 */
public record Sender(String clientId, String account) {}
