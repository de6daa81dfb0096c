package io.fairlead.mqtt.topic;

/**
 * What a choice between the members of a shared group needs to know about them. Asked on the thread
 * of the publisher, hence the answers are of a moment ago.
 */
public interface MemberView<S> {
  /** Whether the member is connected and has room for another unacknowledged message. */
  boolean ready(S member);

  /** How many messages the member has not acknowledged. */
  int inflight(S member);
}
