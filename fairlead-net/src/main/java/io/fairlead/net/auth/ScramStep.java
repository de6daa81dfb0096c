package io.fairlead.net.auth;

/** What follows from one message of the client. */
public sealed interface ScramStep {
  /**
   * The client has to answer.
   *
   * @param data what to send; owned by the receiver
   */
  record Challenge(byte[] data) implements ScramStep {}

  /**
   * The client knows the password.
   *
   * @param user the name as the credentials know it
   * @param data the server's own proof, to send along; owned by the receiver
   */
  record Accepted(String user, byte[] data) implements ScramStep {}

  /** The exchange is over. What went wrong is for the log and the meter, never for the client. */
  record Refused(Reason reason) implements ScramStep {}

  /** Why an exchange failed. */
  enum Reason {
    /** A message that RFC 5802 §7 does not allow, or one too many. */
    MALFORMED,
    /** An extension that the client says we must know. */
    UNKNOWN_EXTENSION,
    /** The client acts for somebody else, which we do not support. */
    OTHER_IDENTITY,
    /** Channel binding was wanted but is not there, or is another one. */
    CHANNEL_BINDING,
    /**
     * The client could bind to the channel and believes we cannot: somebody took our offer away.
     */
    DOWNGRADE,
    /** The client's second message has another nonce than its first and ours. */
    NONCE,
    /** Wrong password or unknown user; which of them stays untold. */
    NOT_PROVEN
  }
}
