package io.fairlead.pubsub;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A TCP way to a node that can be cut, and stopped like a cable that hangs. Thread-safe. */
final class CutProxy implements AutoCloseable {
  private static final long ENDLESS = Long.MAX_VALUE;

  private final ServerSocket listening;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition flowing = lock.newCondition();
  private final AtomicLong left = new AtomicLong(ENDLESS);
  private boolean stopped; // guarded by lock

  CutProxy(int target) throws IOException {
    this.target = target;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  String ws() {
    return "ws://127.0.0.1:" + port();
  }

  /** Ends every connection. */
  void cut() throws IOException {
    for (Socket socket : sockets) socket.close();
    sockets.clear();
  }

  /** Ends every connection after so many more bytes, wherever in a message that is. */
  void cutAfter(long bytes) {
    left.set(bytes);
  }

  /** Nothing passes any more, or again. */
  void stop(boolean now) {
    lock.lock();
    try {
      stopped = now;
      flowing.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void accept() {
    while (!listening.isClosed()) {
      try {
        Socket down = listening.accept();
        Socket up = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(down);
        sockets.add(up);
        Thread.ofVirtual().start(() -> pass(down, up));
        Thread.ofVirtual().start(() -> pass(up, down));
      } catch (IOException closed) {
        // The test cut it, or the node is away: the client sees a closed connection.
      }
    }
  }

  private void pass(Socket from, Socket to) {
    byte[] buffer = new byte[16 * 1024];
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        awaitFlow();
        int taken = read;
        long before = left.getAndUpdate(now -> now == ENDLESS ? now : Math.max(0, now - taken));
        out.write(buffer, 0, (int) Math.min(read, before));
        if (before <= read) {
          left.set(ENDLESS);
          cut();
          return;
        }
      }
    } catch (IOException | InterruptedException cut) {
      // One side is gone; closing both tells the other.
    }
  }

  private void awaitFlow() throws InterruptedException {
    lock.lock();
    try {
      while (stopped) flowing.await();
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cut();
  }
}
