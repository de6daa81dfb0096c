package io.fairlead.pubsub;

/** Why a subscription ended. */
public sealed interface EndReason {
  /** Its last handle, or this one, was closed. */
  record Closed() implements EndReason {}

  /** The server refused to subscribe. */
  record SubscribeFailed(PubSubException cause) implements EndReason {}

  /** After a new connection the server refused to subscribe again, every time. */
  record ResubscribeFailed(PubSubException cause) implements EndReason {}

  /** The server ended it. */
  record ServerError(String text) implements EndReason {}

  /** The consumer was slower than its policy allows. */
  record TooSlow(long missed) implements EndReason {}

  /** What was missed cannot be made good. */
  record GapGivenUp(LogEvent.Gap gap) implements EndReason {}

  /** The service ended. */
  record ServiceEnded(TerminalCause cause) implements EndReason {}
}
