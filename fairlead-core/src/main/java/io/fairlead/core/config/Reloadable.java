package io.fairlead.core.config;

/**
 * What can follow a new configuration without losing anything. Called by one owner, the config
 * controller, one change at a time.
 */
public interface Reloadable<C> {
  /**
   * Gets everything ready that may fail (bind, resolve, load keys) and changes nothing visible.
   *
   * @throws ConfigException the change cannot be made; whatever was opened is closed again
   */
  Prepared prepare(C next) throws ConfigException;

  /**
   * The same for a trial that is always discarded: never interrupts service, not even where the
   * change itself would have to.
   *
   * @throws ConfigException as far as can be told, the change cannot be made
   */
  default Prepared rehearse(C next) throws ConfigException {
    return prepare(next);
  }
}
