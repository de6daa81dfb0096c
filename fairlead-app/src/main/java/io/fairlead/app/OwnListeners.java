package io.fairlead.app;

import io.fairlead.control.ControlServer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.listen.ListenerSet;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketAddress;
import java.net.SocketException;

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
              || inet.getAddress().isAnyLocalAddress() && isOfThisMachine(address.getAddress())
              || address.getAddress().isLoopbackAddress()
              || address.getAddress().isAnyLocalAddress())) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOfThisMachine(InetAddress address) {
    try {
      return NetworkInterface.getByInetAddress(address) != null;
    } catch (SocketException unknown) {
      return true; // whoever cannot be told from us is refused
    }
  }
}
