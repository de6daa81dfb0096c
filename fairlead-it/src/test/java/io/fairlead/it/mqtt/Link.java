package io.fairlead.it.mqtt;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;

/** A byte stream to the broker. */
interface Link extends AutoCloseable {
  void send(byte[] bytes) throws IOException;

  /** The next byte; -1 when the broker ended the stream, by FIN or by RST. */
  int read() throws IOException;

  boolean silentFor(Duration time) throws IOException;

  /** The connection below, for what only TCP can do. */
  RawClient tcp();

  @Override
  default void close() throws IOException {
    tcp().close();
  }

  /** Straight on TCP. */
  record Plain(RawClient tcp) implements Link {
    @Override
    public void send(byte[] bytes) throws IOException {
      tcp.send(bytes);
    }

    @Override
    public int read() throws IOException {
      return tcp.read();
    }

    @Override
    public boolean silentFor(Duration time) throws IOException {
      return tcp.silentFor(time);
    }
  }
}
