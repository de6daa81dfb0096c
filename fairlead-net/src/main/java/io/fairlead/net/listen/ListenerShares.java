package io.fairlead.net.listen;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;

/**
 * Lets several owners change their own listeners of one {@link ListenerSet}: each says what it
 * wants and leaves the others' as they are. Changes are made one after the other; who comes during
 * another change waits for its end. Any thread that may wait.
 */
public final class ListenerShares {
  private final ListenerSet listeners;
  private final Semaphore change = new Semaphore(1);
  private final Map<String, List<ListenerSpec>> shown = new LinkedHashMap<>(); // guarded by change

  public ListenerShares(ListenerSet listeners) {
    this.listeners = listeners;
  }

  /**
   * As {@link ListenerSet#prepare}, for one owner. Others wait until the result is committed or
   * discarded. Nothing is bound when the set's end has begun.
   */
  public Prepared prepare(String owner, List<ListenerSpec> next) throws ConfigException {
    change.acquireUninterruptibly();
    try {
      Prepared bound = listeners.ending() ? Prepared.NOTHING : listeners.prepare(with(owner, next));
      return new Turn(owner, next, bound);
    } catch (ConfigException | RuntimeException failure) {
      change.release();
      throw failure;
    }
  }

  /** As {@link ListenerSet#rehearse}, for one owner. */
  public Prepared rehearse(String owner, List<ListenerSpec> next) throws ConfigException {
    change.acquireUninterruptibly();
    try {
      return new Turn(owner, next, listeners.rehearse(with(owner, next)));
    } catch (ConfigException | RuntimeException failure) {
      change.release();
      throw failure;
    }
  }

  /** As {@link ListenerSet#rebinds}, for one owner. */
  public List<String> rebinds(String owner, List<ListenerSpec> next) {
    change.acquireUninterruptibly();
    try {
      return listeners.rebinds(with(owner, next));
    } finally {
      change.release();
    }
  }

  private List<ListenerSpec> with(String owner, List<ListenerSpec> next) {
    List<ListenerSpec> all = new ArrayList<>(next);
    shown.forEach(
        (other, specs) -> {
          if (!other.equals(owner)) all.addAll(specs);
        });
    return all;
  }

  /** One change, until its end. */
  private final class Turn implements Prepared {
    private final String owner;
    private final List<ListenerSpec> next;
    private final Prepared bound;

    Turn(String owner, List<ListenerSpec> next, Prepared bound) {
      this.owner = owner;
      this.next = List.copyOf(next);
      this.bound = bound;
    }

    @Override
    public void commit() {
      try {
        bound.commit();
        shown.put(owner, next);
      } finally {
        change.release();
      }
    }

    @Override
    public void discard() {
      try {
        bound.discard();
      } finally {
        change.release();
      }
    }
  }
}
