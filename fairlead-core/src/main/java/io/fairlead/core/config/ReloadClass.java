package io.fairlead.core.config;

/** What it takes for a changed setting to have effect. */
public enum ReloadClass {
  /** Nothing: the next request, connection or interval sees it. */
  LIVE,
  /** The listener is opened anew; connections of the old one drain. */
  LISTENER,
  /** The process must restart. */
  RESTART
}
