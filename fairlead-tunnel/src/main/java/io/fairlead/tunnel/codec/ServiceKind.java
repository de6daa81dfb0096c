package io.fairlead.tunnel.codec;

import java.util.Locale;

/** What a service of an agent speaks, which says how it is exposed. */
public enum ServiceKind {
  /** A port of the server leads to it. */
  TCP,
  /** A UDP port of the server leads to it. */
  UDP,
  /** Requests for its host lead to it. */
  HTTP,
  /** TLS connections that ask for its host lead to it, undeciphered. */
  HTTPS,
  /** No service: the agent connects to what it is asked for, as far as its own rules let it. */
  SOCKS;

  /** As configuration and the wire say it. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether the server opens a port for it. */
  public boolean ported() {
    return this == TCP || this == UDP;
  }

  /** Whether requests or connections name a host. */
  public boolean named() {
    return this == HTTP || this == HTTPS;
  }

  static ServiceKind of(String word) throws BadControlException {
    for (ServiceKind kind : values()) {
      if (kind.word().equals(word)) return kind;
    }
    throw new BadControlException("type: unknown");
  }
}
