package io.fairlead.libp2p.secure;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;

/** What the native engine offers no setter for; loaded with that engine only. */
final class NativeTickets {
  private NativeTickets() {}

  /** No session tickets are given out (RFC 8446 §4.6.1). Before the handshake begins. */
  static void off(ReferenceCountedOpenSslEngine engine) {
    SSL.setOptions(engine.sslPointer(), SSL.SSL_OP_NO_TICKET);
  }
}
