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

  /** Hands one over; it is dropped and counted when too many wait. */
  void write(AccessEntry entry);
}
