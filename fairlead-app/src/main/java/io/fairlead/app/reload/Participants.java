package io.fairlead.app.reload;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import java.util.ArrayList;
import java.util.List;

/**
 * Everybody who follows the configuration, in the order they prepare and commit; undone in reverse.
 * Called by the configuration controller, one change at a time.
 */
public final class Participants<C> {
  private final List<Reloadable<C>> all;

  public Participants(List<Reloadable<C>> all) {
    this.all = List.copyOf(all);
  }

  /** A change that everybody is ready for. */
  record Change(List<Prepared> prepared) {
    static final Change NOTHING = new Change(List.of());

    void commit() {
      for (Prepared each : prepared) each.commit();
    }

    void discard() {
      for (Prepared each : prepared.reversed()) each.discard();
    }
  }

  /** Prepares everywhere, or nowhere. */
  Change prepare(C next) throws ConfigException {
    return all(next, Reloadable::prepare);
  }

  /** The same for a change that is not to be made. */
  Change rehearse(C next) throws ConfigException {
    return all(next, Reloadable::rehearse);
  }

  private interface Step<C> {
    Prepared take(Reloadable<C> participant, C next) throws ConfigException;
  }

  private Change all(C next, Step<C> step) throws ConfigException {
    List<Prepared> prepared = new ArrayList<>(all.size());
    try {
      for (Reloadable<C> participant : all) prepared.add(step.take(participant, next));
      return new Change(List.copyOf(prepared));
    } catch (ConfigException | RuntimeException failure) {
      new Change(prepared).discard();
      throw failure;
    }
  }
}
