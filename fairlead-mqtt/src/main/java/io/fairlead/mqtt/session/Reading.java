package io.fairlead.mqtt.session;

/** How far a client is read. Told on the session's home thread. */
public interface Reading {
  /** For those whose words are few: parts of this process. */
  Reading ALWAYS =
      new Reading() {
        @Override
        public void rest() {}

        @Override
        public void goOn() {}
      };

  /** No more, until {@link #goOn}. */
  void rest();

  /** Further, after {@link #rest}. */
  void goOn();
}
