package io.fairlead.pubsub;

/**
 * A transport of your own. Its connections keep to {@link ConnectionHandle}; {@link
 * InMemoryConnector} is an example.
 */
public non-sealed interface CustomConnector extends Connector {
  @Override
  default boolean isLocal() {
    return false;
  }
}
