package io.fairlead.net.tls;

import io.fairlead.core.random.Randomness;

/** What all listeners of a process share: ticket keys, and answers to checks of host names. */
public record TlsShared(TicketKeys tickets, AlpnChallenges challenges) {
  /** New keys, no checks. */
  public static TlsShared create(Randomness randomness) {
    return new TlsShared(new TicketKeys(randomness), new AlpnChallenges());
  }
}
