package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.time.Clock;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.auth.TokenMint;
import io.fairlead.testkit.RawClient;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;

/**
 * A SOCKS 5 client whose password is a token signed by its key (RFC 1928, RFC 1929): one stream, or
 * one association with its datagrams.
 */
final class SocksLogin {
  private static final int STREAM = 1;
  private static final int ASSOCIATION = 3;
  private static final int IPV4 = 1;
  private static final int HEADER = 10; // of a datagram to an IPv4 address, and of a reply

  private SocksLogin() {}

  /** A stream to a server of this machine. */
  static RawClient stream(int proxy, IdentityKey key, int port) throws IOException {
    RawClient client = RawClient.connect(proxy);
    request(client, key, STREAM, port);
    return client;
  }

  /** An association over which a datagram came back; it ends with its connection. */
  static RawClient association(int proxy, IdentityKey key, Echo echo) throws IOException {
    RawClient client = RawClient.connect(proxy);
    int relay = request(client, key, ASSOCIATION, 0);
    try (DatagramSocket socket =
        new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
      socket.setSoTimeout((int) Duration.ofSeconds(30).toMillis());
      byte[] datagram = Arrays.copyOf(address(new byte[] {0, 0, 0}, echo.port()), HEADER + 1);
      datagram[HEADER] = 'x';
      socket.send(
          new DatagramPacket(
              datagram,
              datagram.length,
              new InetSocketAddress(InetAddress.getLoopbackAddress(), relay)));
      DatagramPacket back = new DatagramPacket(new byte[64], 64);
      socket.receive(back);
      assertThat(back.getLength()).isEqualTo(HEADER + 1);
      assertThat(back.getData()[HEADER]).isEqualTo((byte) 'x');
    }
    return client;
  }

  /**
   * @return the port of the reply
   */
  private static int request(RawClient client, IdentityKey key, int command, int port)
      throws IOException {
    client.send(new byte[] {5, 1, 2});
    assertThat(client.readExactly(2)).containsExactly(5, 2);
    byte[] user = key.publicKey().peerId().getBytes(StandardCharsets.US_ASCII);
    byte[] token =
        TokenMint.mint(key, "fairlead", Duration.ofMinutes(30), Clock.system().wall(), false)
            .getBytes(StandardCharsets.US_ASCII);
    ByteArrayOutputStream login = new ByteArrayOutputStream();
    login.write(1);
    login.write(user.length);
    login.writeBytes(user);
    login.write(token.length);
    login.writeBytes(token);
    client.send(login.toByteArray());
    assertThat(client.readExactly(2)).containsExactly(1, 0);
    client.send(address(new byte[] {5, (byte) command, 0}, port));
    byte[] reply = client.readExactly(HEADER);
    assertThat(reply[1]).isZero();
    return (reply[8] & 0xff) << 8 | reply[9] & 0xff;
  }

  private static byte[] address(byte[] start, int port) {
    byte[] all = Arrays.copyOf(start, HEADER);
    all[3] = IPV4;
    all[4] = 127;
    all[7] = 1;
    all[8] = (byte) (port >> 8);
    all[9] = (byte) port;
    return all;
  }

  /** Sends every datagram back. */
  static final class Echo implements AutoCloseable {
    private final DatagramSocket socket;

    Echo() throws SocketException {
      socket = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      Thread.ofVirtual().start(this::serve);
    }

    private void serve() {
      DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
      try {
        while (true) {
          packet.setLength(2048);
          socket.receive(packet);
          socket.send(packet);
        }
      } catch (IOException closed) {
        socket.close();
      }
    }

    int port() {
      return socket.getLocalPort();
    }

    @Override
    public void close() {
      socket.close();
    }
  }
}
