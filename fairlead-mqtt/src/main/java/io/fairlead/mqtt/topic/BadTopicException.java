package io.fairlead.mqtt.topic;

/** A text that is no valid topic name or filter; trying again cannot help. */
public final class BadTopicException extends Exception {
  private static final long serialVersionUID = 1;

  private final TopicFault fault;

  public BadTopicException(TopicFault fault) {
    // The text itself stays out: it may hold control characters, and it is the peer's.
    super(fault.reason());
    this.fault = fault;
  }

  /** What is wrong. */
  public TopicFault fault() {
    return fault;
  }
}
