package io.fairlead.core.config;

/** A change that is ready. Exactly one of the two is called, once. */
public interface Prepared {
  /** Makes the change visible. Cannot fail; retires what it replaces by draining. */
  void commit();

  /** Undoes the preparation. Cannot fail. */
  void discard();

  /** Nothing to do either way. */
  Prepared NOTHING =
      new Prepared() {
        @Override
        public void commit() {}

        @Override
        public void discard() {}
      };
}
