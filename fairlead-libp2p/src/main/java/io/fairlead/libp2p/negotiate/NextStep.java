package io.fairlead.libp2p.negotiate;

/** What a negotiation wants next. */
public sealed interface NextStep {
  /** More bytes of the peer. */
  record Wait() implements NextStep {}

  /** Say this word, and read on. */
  record Say(String word) implements NextStep {}

  /** Agreed; what follows belongs to the protocol. */
  record Agreed(String protocol) implements NextStep {}

  /** It came to nothing. */
  record Failed(Failure failure) implements NextStep {}

  /** Why there is no agreement. */
  enum Failure {
    /** What the peer said is no such negotiation. */
    MALFORMED,
    /** The peer speaks nothing of what was proposed. */
    NONE_ACCEPTED,
    /** The peer went on proposing. */
    TOO_MANY
  }
}
