package io.fairlead.libp2p.host;

/** Whether others can dial this node. */
public enum Reachability {
  UNKNOWN,
  PUBLIC,
  PRIVATE
}
