package io.fairlead.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.SocketChannel;
import java.util.ArrayList;
import java.util.List;

/**
 * A port of this machine that answers nobody: it listens, nothing is accepted, and as many wait as
 * may. Linux leaves a SYN without a word then.
 */
final class FullBacklog implements AutoCloseable {
  private final ServerSocket listening = new ServerSocket();
  private final List<SocketChannel> waiting = new ArrayList<>();

  FullBacklog() throws IOException {
    listening.bind(new InetSocketAddress("127.0.0.1", 0), 1);
    for (int i = 0; i < 4; i++) {
      SocketChannel one = SocketChannel.open();
      waiting.add(one);
      one.configureBlocking(false);
      one.connect(listening.getLocalSocketAddress());
    }
  }

  int port() {
    return listening.getLocalPort();
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel each : waiting) each.close();
    listening.close();
  }
}
