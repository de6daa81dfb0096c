package io.fairlead.net.budget;

/** Says what must not be taken on now. Thread-safe and cheap: one volatile read. */
public interface Shedding {
  /** Never sheds. */
  Shedding NONE = _ -> false;

  /** Whether work of that class is given up now. */
  boolean sheds(ShedClass work);
}
