package io.fairlead.mqtt.acl;

/** One line of a list that decides something. */
sealed interface AclLine {
  Who who();

  FilterPattern filter();

  /** What {@code topic} and {@code pattern} lines give or take. */
  enum Access {
    READ,
    WRITE,
    READWRITE,
    DENY;

    boolean reads() {
      return this == READ || this == READWRITE;
    }

    boolean writes() {
      return this == WRITE || this == READWRITE;
    }
  }

  /** {@code topic} and {@code pattern}. */
  record Grant(Access access, Who who, FilterPattern filter) implements AclLine {}

  /**
   * {@code rule}.
   *
   * @param publish whether it is about messages from clients
   * @param subscribe whether it is about messages to clients
   * @param retainOnly only about messages that are to be retained
   * @param qosMax only about this QoS and below
   */
  record Rule(
      boolean allow,
      boolean publish,
      boolean subscribe,
      boolean retainOnly,
      int qosMax,
      Who who,
      FilterPattern filter)
      implements AclLine {}
}
