package io.fairlead.core.config;

/** What it takes for a changed setting to have effect. */
public enum ReloadClass {
  /** Nothing: the next request, connection or interval sees it. */
  LIVE,
  /** A new connection sees it; one that is open keeps what it was told when it was made. */
  NEXT_CONNECT,
  /** The listener is opened anew; connections of the old one drain. */
  LISTENER,
  /** The process must restart. */
  RESTART
}
