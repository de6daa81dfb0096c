package io.fairlead.it;

import io.fairlead.core.config.Environment;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Function;

/** Answers questions for addresses (RFC 1035 §4.1, RFC 3596), to be believed for an hour. */
public final class NameServer implements AutoCloseable {
  private static final Path RESOLV_CONF = Path.of("/etc/resolv.conf");
  private static final int A = 1;
  private static final int AAAA = 28;
  private static final int HEADER = 12;

  private final DatagramSocket socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
  private final Queue<String> asked = new ConcurrentLinkedQueue<>();
  private final Function<String, Optional<InetAddress>> known;

  /**
   * @param known where a name leads, by its first label; one of no address has no records
   */
  public NameServer(Function<String, Optional<InetAddress>> known) throws IOException {
    this.known = known;
    Thread.ofVirtual().start(this::serve);
  }

  public int port() {
    return socket.getLocalPort();
  }

  /** The first labels of the names asked for since the last call, IPv4 addresses only. */
  public List<String> asked() {
    List<String> names = List.copyOf(asked);
    asked.clear();
    return names;
  }

  /** A machine that is set up with this name server. */
  public Environment environment() {
    Environment machine = Environment.ofProcess();
    Environment.Content setUp =
        new Environment.Content("nameserver [127.0.0.1]:" + port() + "\n", true);
    return new Environment() {
      @Override
      public Optional<String> variable(String name) {
        return machine.variable(name);
      }

      @Override
      public Content read(Path file, int maxBytes) throws IOException {
        return file.equals(RESOLV_CONF) ? setUp : machine.read(file, maxBytes);
      }

      @Override
      public Optional<Path> credentialsDir() {
        return machine.credentialsDir();
      }

      @Override
      public List<Path> matching(Path baseDir, String pattern) throws IOException {
        return machine.matching(baseDir, pattern);
      }
    };
  }

  private void serve() {
    byte[] buffer = new byte[1500];
    while (!socket.isClosed()) {
      try {
        DatagramPacket query = new DatagramPacket(buffer, buffer.length);
        socket.receive(query);
        byte[] reply = reply(ByteBuffer.wrap(buffer, 0, query.getLength()));
        socket.send(new DatagramPacket(reply, reply.length, query.getSocketAddress()));
      } catch (IOException closed) {
        return;
      }
    }
  }

  private byte[] reply(ByteBuffer query) {
    int end = HEADER;
    while (query.get(end) != 0) end += 1 + query.get(end);
    byte[] question = new byte[end + 5 - HEADER];
    query.get(HEADER, question);
    int type = query.getShort(end + 1);
    String label = new String(question, 1, question[0], StandardCharsets.US_ASCII);
    if (type == A) asked.add(label);
    Optional<byte[]> record =
        known
            .apply(label)
            .map(InetAddress::getAddress)
            .filter(bytes -> type == (bytes.length == 4 ? A : AAAA));
    ByteBuffer reply = ByteBuffer.allocate(512);
    reply.putShort(query.getShort(0)).putShort((short) 0x8180).putShort((short) 1);
    reply.putShort((short) (record.isPresent() ? 1 : 0)).putInt(0).put(question);
    record.ifPresent(
        bytes -> {
          reply.putShort((short) 0xc00c).putShort((short) type).putShort((short) 1).putInt(3600);
          reply.putShort((short) bytes.length).put(bytes);
        });
    byte[] whole = new byte[reply.position()];
    reply.flip().get(whole);
    return whole;
  }

  @Override
  public void close() {
    socket.close();
  }
}
