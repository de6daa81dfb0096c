package io.fairlead.app.demo;

import io.fairlead.core.time.Clock;
import java.io.IOException;
import java.net.Socket;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** A stream of bytes whose other end gives back what it gets. A thread waits for its end. */
final class StreamPath implements DemoPath {
  private final String name;
  private final Socket socket;
  private final AtomicLong answers = new AtomicLong();
  private final AtomicReference<Optional<Ending>> ending = new AtomicReference<>(Optional.empty());

  /**
   * @param socket beyond greetings: only echoes are left to come
   */
  StreamPath(String name, Socket socket) throws IOException {
    this.name = name;
    this.socket = socket;
    socket.setSoTimeout(0);
    Thread.ofVirtual().name("demo-" + name).start(this::watch);
  }

  private void watch() {
    byte[] chunk = new byte[1024];
    String how = "closed";
    try {
      for (int n = socket.getInputStream().read(chunk); n >= 0; ) {
        answers.addAndGet(n);
        n = socket.getInputStream().read(chunk);
      }
    } catch (IOException reset) {
      how = "reset";
    }
    ending.set(Optional.of(new Ending(Clock.system().nanos(), how)));
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public void ping() throws IOException {
    socket.getOutputStream().write('.');
  }

  @Override
  public long answers() {
    return answers.get();
  }

  @Override
  public Optional<Ending> ending() {
    return ending.get();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
