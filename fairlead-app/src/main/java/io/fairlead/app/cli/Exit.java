package io.fairlead.app.cli;

/** Exit codes of every command (64 – 78 as in BSD {@code sysexits}). */
final class Exit {
  static final int OK = 0;
  static final int FAILURE = 1;

  /** {@code config diff}: there is a difference. */
  static final int DIFFERENT = 2;

  static final int DEGRADED = 3;

  /** {@code pubsub}: the node answered with an error. */
  static final int RPC_ERROR = 4;

  /** {@code reload}: prepare failed, the running configuration is untouched. */
  static final int PREPARE_FAILED = 5;

  static final int USAGE = 64;
  static final int INVALID = 65;
  static final int NO_INPUT = 66;
  static final int UNAVAILABLE = 69;
  static final int INTERNAL = 70;
  static final int CANNOT_CREATE = 73;
  static final int IO = 74;
  static final int TEMPORARY = 75;
  static final int PROTOCOL = 76;
  static final int NOT_ALLOWED = 77;
  static final int REFUSED_BY_RULE = 78;
  static final int INTERRUPTED = 130;

  /** 128 + SIGPIPE: the reader of our output left. */
  static final int BROKEN_PIPE = 141;

  private Exit() {}
}
