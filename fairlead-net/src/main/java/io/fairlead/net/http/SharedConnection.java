package io.fairlead.net.http;

import org.jspecify.annotations.Nullable;

/** An upstream connection that carries several requests at once. Confined to one event loop. */
public interface SharedConnection {
  /** A way for one more request; null when it is full, ending or gone. */
  @Nullable UpstreamLeg open();

  /** Whether its server takes web sockets over it (RFC 8441 §3). */
  boolean takesStreams();

  /** Requests it carries. */
  int active();

  /** Whether it takes no more, or soon will not: 80 % of what its server allows is in use. */
  boolean crowded();

  /** Nobody may use it any more, not even for the requests it carries. */
  void cut();

  /** Its key is not used any more: it ends when its requests are over. */
  void retire();
}
