package io.fairlead.net.journal;

/** Takes entries for the access log. Thread-safe; nothing here blocks. */
public interface AccessLog {
  /** Takes nothing. */
  AccessLog OFF =
      new AccessLog() {
        @Override
        public boolean on() {
          return false;
        }

        @Override
        public void write(AccessEntry entry) {}
      };

  /** Whether entries are wanted now. While they are not, nobody needs to make them. */
  boolean on();

  /** Whether traces are collected, so that requests are to be made part of one. */
  default boolean traces() {
    return false;
  }

  /**
   * Whether a trace that begins here is recorded.
   *
   * @param chance any number, all equally likely
   */
  default boolean records(long chance) {
    return false;
  }

  /** Hands one over; it is dropped and counted when too many wait. */
  void write(AccessEntry entry);
}
