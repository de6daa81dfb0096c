package io.fairlead.relay.service;

/** Kinds of peers, each with limits of its own. */
public enum PeerClass {
  /** Nobody we know. */
  ANONYMOUS,
  /** In a list. */
  REGISTERED,
  /** In a list as one who runs things. */
  OPERATOR
}
