package io.fairlead.app;

import io.fairlead.control.ControlServer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.listen.ListenerSet;
import java.net.InetSocketAddress;
import java.net.SocketAddress;

/** Where this process itself listens, so that nothing it forwards comes back to it unasked. */
final class OwnListeners implements OwnAddresses {
  private final ListenerSet listeners;
  private final ControlServer control;

  OwnListeners(ListenerSet listeners, ControlServer control) {
    this.listeners = listeners;
    this.control = control;
  }

  @Override
  public boolean isOwn(InetSocketAddress address) {
    return listeners.isOwnAddress(address) || isControl(address);
  }

  @Override
  public boolean isControl(InetSocketAddress address) {
    for (SocketAddress door : control.addresses()) {
      if (door instanceof InetSocketAddress inet
          && inet.getPort() == address.getPort()
          && (inet.getAddress().equals(address.getAddress())
              || address.getAddress().isLoopbackAddress()
              || address.getAddress().isAnyLocalAddress())) {
        return true;
      }
    }
    return false;
  }
}
