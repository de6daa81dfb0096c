package io.fairlead.it;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Clients that ask for something large, with the smallest of receive buffers, and never read. */
final class SlowReaders implements AutoCloseable {
  private final List<SocketChannel> clients = new ArrayList<>();

  private SlowReaders() {}

  /** From 127.0.0.2 to 127.0.0.49 in turn; those who are not let in are left out. */
  static SlowReaders open(int port, int count, String path) throws IOException {
    List<String> sources = OverloadIT.sources();
    byte[] request =
        ("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
    SlowReaders all = new SlowReaders();
    for (int i = 0; i < count; i++) {
      SocketChannel client = SocketChannel.open();
      all.clients.add(client);
      client.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      client.bind(new InetSocketAddress(sources.get(i % sources.size()), 0));
      client.socket().connect(new InetSocketAddress("127.0.0.1", port), 5_000);
      try {
        client.write(ByteBuffer.wrap(request));
      } catch (IOException shed) {
        client.close();
      }
    }
    return all;
  }

  List<SocketChannel> clients() {
    return clients;
  }

  @Override
  public void close() throws IOException {
    for (SocketChannel client : clients) client.close();
  }
}
