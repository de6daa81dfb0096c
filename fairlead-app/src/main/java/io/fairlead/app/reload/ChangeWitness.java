package io.fairlead.app.reload;

/**
 * Told when a change of the configuration begins and ends, however it ends; dry runs are not
 * changes. Called on the thread that makes the change, one change at a time; must not block.
 */
public interface ChangeWitness {
  /** Sees nothing. */
  ChangeWitness NONE =
      new ChangeWitness() {
        @Override
        public void changeBegins() {}

        @Override
        public void changeEnds() {}
      };

  void changeBegins();

  void changeEnds();
}
