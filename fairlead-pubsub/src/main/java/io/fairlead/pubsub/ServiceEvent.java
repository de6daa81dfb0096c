package io.fairlead.pubsub;

/** What happens to a service's connection. */
public sealed interface ServiceEvent {
  record Connecting(String endpoint, int attempt) implements ServiceEvent {}

  record Connected(String endpoint) implements ServiceEvent {}

  record Disconnected(String endpoint, TerminalCause cause) implements ServiceEvent {}

  /** Subscriptions, this many, are being made again. */
  record Recovering(int subscriptions) implements ServiceEvent {}

  record Live(String endpoint) implements ServiceEvent {}

  record Stalled(String endpoint, long headAgeSeconds) implements ServiceEvent {}

  /** Endpoints do not agree on what they told. */
  record Disagreement(String key, int agreed, int needed) implements ServiceEvent {}

  /** Given up. */
  record Failed(TerminalCause cause) implements ServiceEvent {}

  record Closed() implements ServiceEvent {}
}
