package io.fairlead.pubsub;

import java.util.concurrent.CompletionStage;

/**
 * Where a node is, and how to connect to it. Immutable and thread-safe; its text form is redacted.
 */
public sealed interface Connector
    permits WsConnector, IpcConnector, HttpPollConnector, MultiConnector, CustomConnector {
  /** Whether the node runs on this machine. */
  boolean isLocal();

  /**
   * Makes one connection.
   *
   * @return fails with {@link PubSubException.NonRetryable} or {@link
   *     PubSubException.TransportError}
   */
  CompletionStage<ConnectionHandle> connect();

  /** Makes a connection after one was lost. */
  default CompletionStage<ConnectionHandle> reconnect() {
    return connect();
  }

  /** Name of the endpoint in logs, meters and reports; never secret. */
  default String alias() {
    return toString();
  }
}
