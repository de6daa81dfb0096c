package io.fairlead.it;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP port that leads to another, and can be cut. */
final class CutLine implements AutoCloseable {
  private final ServerSocket server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final int to;
  private volatile boolean down;

  private CutLine(int to) throws IOException {
    this.to = to;
    server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
  }

  static CutLine to(int port) throws IOException {
    CutLine line = new CutLine(port);
    Thread.ofVirtual().start(line::accept);
    return line;
  }

  int port() {
    return server.getLocalPort();
  }

  /** All connections break with a reset, and new ones as soon as they come. */
  void cut() {
    down = true;
    for (Socket each : sockets) {
      try {
        each.setSoLinger(true, 0);
        each.close();
      } catch (IOException _) {
        // it is gone
      }
    }
    sockets.clear();
  }

  void restore() {
    down = false;
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket from = server.accept();
        if (down) {
          from.setSoLinger(true, 0);
          from.close();
          continue;
        }
        Socket there = new Socket();
        there.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), to));
        sockets.add(from);
        sockets.add(there);
        if (down) cut();
        Thread.ofVirtual().start(() -> pipe(from, there));
        Thread.ofVirtual().start(() -> pipe(there, from));
      } catch (IOException _) {
        // the next
      }
    }
  }

  private void pipe(Socket from, Socket there) {
    try (from;
        there) {
      InputStream in = from.getInputStream();
      OutputStream out = there.getOutputStream();
      in.transferTo(out);
    } catch (IOException _) {
      // cut
    } finally {
      sockets.remove(from);
      sockets.remove(there);
    }
  }

  @Override
  public void close() throws IOException {
    server.close();
    cut();
  }
}
