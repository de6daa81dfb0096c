package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HexFormat;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Datagrams through the mixed port (RFC 1928 §7). */
class UdpAssociateTest {
  private static final String LOCAL = "{ destinations: { private: allow } }";

  /** A client's two sockets: the TCP connection, and the datagrams of its association. */
  private static final class Client implements AutoCloseable {
    final RawClient control;
    final DatagramSocket socket;
    final InetSocketAddress relay;

    Client(ProxyFixture proxy) throws Exception {
      this(proxy, "", 0);
    }

    /**
     * @param login bytes between greeting and request, and how many bytes answer them
     */
    Client(ProxyFixture proxy, String login, int answer) throws Exception {
      control = proxy.client();
      control.sendHex(login.isEmpty() ? "050100" : "050102").readHex(2);
      if (answer > 0) control.sendHex(login).readHex(answer);
      control.sendHex("05 03 00 01 00000000 0000");
      String reply = control.readHex(10);
      assertThat(reply).startsWith("050000017f000001");
      relay = new InetSocketAddress("127.0.0.1", Integer.parseInt(reply.substring(16), 16));
      socket = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
      socket.setSoTimeout(5_000);
    }

    Client send(String header, String text) throws IOException {
      sendFrom(socket, relay, header, text);
      return this;
    }

    static void sendFrom(DatagramSocket socket, InetSocketAddress relay, String header, String text)
        throws IOException {
      byte[] head = HexFormat.of().parseHex(header.replace(" ", ""));
      byte[] data = text.getBytes(StandardCharsets.US_ASCII);
      byte[] all = java.util.Arrays.copyOf(head, head.length + data.length);
      System.arraycopy(data, 0, all, head.length, data.length);
      socket.send(new DatagramPacket(all, all.length, relay));
    }

    /** Header in hexadecimal, a blank, the text. */
    String receive() throws IOException {
      DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
      socket.receive(packet);
      byte[] all = java.util.Arrays.copyOf(packet.getData(), packet.getLength());
      int head = all[3] == 1 ? 10 : 22;
      return HexFormat.of().formatHex(all, 0, head)
          + " "
          + new String(all, head, all.length - head, StandardCharsets.US_ASCII);
    }

    boolean hearsNothing() throws IOException {
      socket.setSoTimeout(200);
      try {
        receive();
        return false;
      } catch (SocketTimeoutException silence) {
        return true;
      } finally {
        socket.setSoTimeout(5_000);
      }
    }

    @Override
    public void close() throws IOException {
      control.close();
      socket.close();
    }
  }

  /** Sends back what it gets, in capitals. */
  private static final class Shouter implements AutoCloseable {
    final DatagramSocket socket;

    Shouter(String address) throws IOException {
      socket = new DatagramSocket(new InetSocketAddress(InetAddress.ofLiteral(address), 0));
      Thread.startVirtualThread(
          () -> {
            try {
              while (true) {
                DatagramPacket packet = new DatagramPacket(new byte[2048], 2048);
                socket.receive(packet);
                byte[] data =
                    new String(packet.getData(), 0, packet.getLength(), StandardCharsets.US_ASCII)
                        .toUpperCase(java.util.Locale.ROOT)
                        .getBytes(StandardCharsets.US_ASCII);
                socket.send(new DatagramPacket(data, data.length, packet.getSocketAddress()));
              }
            } catch (IOException closed) {
              // the test is over
            }
          });
    }

    String port() {
      return String.format("%04x", socket.getLocalPort());
    }

    @Override
    public void close() {
      socket.close();
    }
  }

  private static double dropped(ProxyFixture proxy, String reason) {
    return proxy
        .meters
        .registry()
        .get("fairlead.proxy.udp.dropped")
        .tag("reason", reason)
        .counter()
        .count();
  }

  private static double associations(ProxyFixture proxy) {
    return proxy.meters.registry().get("fairlead.proxy.udp.associations").gauge().value();
  }

  @Test
  void datagramsPassBothWaysByAddressAndByName() throws Exception {
    try (Shouter four = new Shouter("127.0.0.1");
        Shouter six = new Shouter("::1");
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        Client client = new Client(proxy)) {
      client.send("000000 01 7f000001" + four.port(), "by address");
      assertThat(client.receive()).isEqualTo("00000001" + "7f000001" + four.port() + " BY ADDRESS");
      String name = HexFormat.of().formatHex("origin.test".getBytes(StandardCharsets.US_ASCII));
      client.send("000000 03 0b" + name + four.port(), "by name");
      assertThat(client.receive()).isEqualTo("00000001" + "7f000001" + four.port() + " BY NAME");
      client.send("000000 04 00000000000000000000000000000001" + six.port(), "by six");
      assertThat(client.receive())
          .isEqualTo("00000004" + "00000000000000000000000000000001" + six.port() + " BY SIX");
      assertThat(proxy.connections.list())
          .singleElement()
          .satisfies(
              live -> {
                assertThat(live.kind()).isEqualTo("udp");
                assertThat(live.receivedBytes()).isEqualTo(10 + 7 + 6);
                assertThat(live.sentBytes()).isEqualTo(10 + 7 + 6);
              });
      assertThat(associations(proxy)).isOne();
    }
  }

  @Test
  void piecesAndNonsenseAreDroppedAndTheAssociationLives() throws Exception {
    try (Shouter shouter = new Shouter("127.0.0.1");
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        Client client = new Client(proxy)) {
      client.send("000001 01 7f000001" + shouter.port(), "a piece");
      client.send("0000", "");
      client.send("000000 02 7f000001" + shouter.port(), "no such address type");
      client.send("000000 01 7f000001 0000", "no port");
      client.send("000000 03 ff 61", "a name that goes on for ever");
      client.send("000000 01 7f000001" + shouter.port(), "whole");
      assertThat(client.receive()).endsWith(" WHOLE");
      assertThat(dropped(proxy, "fragment")).isOne();
      assertThat(dropped(proxy, "malformed")).isEqualTo(4);
    }
  }

  @Test
  void othersCannotUseTheRelay() throws Exception {
    try (Shouter shouter = new Shouter("127.0.0.1");
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        DatagramSocket stranger = new DatagramSocket(new InetSocketAddress("127.0.0.2", 0));
        DatagramSocket neighbour = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        Client client = new Client(proxy)) {
      Client.sendFrom(stranger, client.relay, "00000001 7f000001" + shouter.port(), "mine");
      await().until(() -> dropped(proxy, "foreign_source") == 1);
      client.send("00000001 7f000001" + shouter.port(), "first");
      assertThat(client.receive()).endsWith(" FIRST");
      // The first datagram of the right address has said which port it is.
      Client.sendFrom(neighbour, client.relay, "00000001 7f000001" + shouter.port(), "mine");
      await().until(() -> dropped(proxy, "foreign_source") == 2);
      client.send("00000001 7f000001" + shouter.port(), "second");
      assertThat(client.receive()).endsWith(" SECOND");
    }
  }

  @Test
  void aPortTheClientNamedIsHeldTo() throws Exception {
    try (Shouter shouter = new Shouter("127.0.0.1");
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient control = proxy.client();
        DatagramSocket other = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        DatagramSocket named = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
      control.sendHex("050100").readHex(2);
      control.sendHex("05 03 00 01 7f000001" + String.format("%04x", named.getLocalPort()));
      String reply = control.readHex(10);
      InetSocketAddress relay =
          new InetSocketAddress("127.0.0.1", Integer.parseInt(reply.substring(16), 16));
      Client.sendFrom(other, relay, "00000001 7f000001" + shouter.port(), "no");
      await().until(() -> dropped(proxy, "foreign_source") == 1);
      Client.sendFrom(named, relay, "00000001 7f000001" + shouter.port(), "yes");
      DatagramPacket answer = new DatagramPacket(new byte[100], 100);
      named.setSoTimeout(5_000);
      named.receive(answer);
      assertThat(answer.getLength()).isEqualTo(13);
    }
  }

  @ParameterizedTest
  @CsvSource({"address, true, false", "endpoint, false, false", "none, true, true"})
  void answersOfOthersAreFiltered(String filter, boolean samePlace, boolean anyPlace)
      throws Exception {
    try (Shouter shouter = new Shouter("127.0.0.1");
        DatagramSocket samePlaceOtherPort =
            new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        DatagramSocket elsewhere = new DatagramSocket(new InetSocketAddress("127.0.0.3", 0));
        DatagramSocket origin = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
        ProxyFixture proxy =
            new ProxyFixture(
                "{ destinations: { private: allow }, udp: { filter: " + filter + " } }");
        Client client = new Client(proxy)) {
      client.send("00000001 7f000001" + String.format("%04x", origin.getLocalPort()), "hello");
      DatagramPacket packet = new DatagramPacket(new byte[100], 100);
      origin.setSoTimeout(5_000);
      origin.receive(packet);
      byte[] data = {'x'};
      InetSocketAddress outer =
          new InetSocketAddress("127.0.0.1", packet.getPort()); // one for all destinations
      samePlaceOtherPort.send(new DatagramPacket(data, 1, outer));
      assertThat(!client.hearsNothing()).isEqualTo(samePlace);
      elsewhere.send(new DatagramPacket(data, 1, outer));
      assertThat(!client.hearsNothing()).isEqualTo(anyPlace);
      origin.send(new DatagramPacket(data, 1, outer));
      assertThat(client.receive()).endsWith(" x");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{ }", // private addresses are denied by default
        "{ destinations: { private: allow }, acl: [{ deny: { destination: 127.0.0.0/8 } }] }",
        "{ destinations: { private: allow, deny: [127.0.0.1] } }",
        "{ destinations: { private: allow }, acl: [{ deny: { port: 1-65535 } }] }",
      })
  void everyDatagramIsDecidedOn(String config) throws Exception {
    try (Shouter shouter = new Shouter("127.0.0.1");
        ProxyFixture proxy = new ProxyFixture(config);
        Client client = new Client(proxy)) {
      String name = HexFormat.of().formatHex("origin.test".getBytes(StandardCharsets.US_ASCII));
      client.send("00000001 7f000001" + shouter.port(), "no");
      client.send("00000003 0b" + name + shouter.port(), "no");
      await().until(() -> dropped(proxy, "denied") == 2);
      assertThat(client.hearsNothing()).isTrue();
    }
  }

  @Test
  void aNameThatDoesNotExistDropsItsDatagram() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(LOCAL);
        Client client = new Client(proxy)) {
      String name = HexFormat.of().formatHex("nowhere.invalid".getBytes(StandardCharsets.US_ASCII));
      client.send("00000003 0f" + name + "0035", "lost");
      await().until(() -> dropped(proxy, "unresolved") == 1);
    }
  }

  @Test
  void asManyNamesAreLookedUpAtOnceAsThereMayBeDestinations() throws Exception {
    try (ProxyFixture proxy =
            new ProxyFixture("{ destinations: { private: allow }, udp: { remotes: 3 } }");
        Client client = new Client(proxy)) {
      for (int i = 0; i < 10; i++) {
        byte[] name = ("n" + i + ".slow.test").getBytes(StandardCharsets.US_ASCII);
        client.send("00000003 0c" + HexFormat.of().formatHex(name) + "0035", "waits");
      }
      await().until(() -> dropped(proxy, "queue_full") == 7);
    }
  }

  @Test
  void aReloadThatForbidsADestinationHoldsForTheNextDatagram() throws Exception {
    try (Shouter shouter = new Shouter("127.0.0.1");
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        Client client = new Client(proxy)) {
      client.send("00000001 7f000001" + shouter.port(), "before");
      assertThat(client.receive()).endsWith(" BEFORE");
      proxy.reload("{ destinations: { private: allow, deny: [127.0.0.1] } }");
      client.send("00000001 7f000001" + shouter.port(), "after");
      await().until(() -> dropped(proxy, "denied") == 1);
      proxy.reload(LOCAL);
      client.send("00000001 7f000001" + shouter.port(), "again");
      assertThat(client.receive()).endsWith(" AGAIN");
    }
  }

  @Test
  void theAssociationEndsWithItsConnection() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(LOCAL)) {
      Client client = new Client(proxy);
      await().until(() -> associations(proxy) == 1);
      client.control.close();
      await().until(() -> associations(proxy) == 0);
      assertThat(proxy.service.flows()).isZero();
      try (DatagramSocket free = new DatagramSocket(client.relay)) {
        assertThat(free.isBound()).as("the port is free again").isTrue();
      }
      client.close();
    }
  }

  @Test
  void silenceEndsIt() throws Exception {
    try (ProxyFixture proxy =
            new ProxyFixture("{ destinations: { private: allow }, udp: { idle: 200ms } }");
        Client client = new Client(proxy)) {
      assertThat(client.control.closed()).isTrue();
      assertThat(associations(proxy)).isZero();
      assertThat(proxy.limited("udp_idle")).isOne();
    }
  }

  @Test
  void talkOverTcpIsIgnoredUpToABound() throws Exception {
    try (Shouter shouter = new Shouter("127.0.0.1");
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        Client client = new Client(proxy)) {
      client.control.send("x".repeat(4096));
      client.send("00000001 7f000001" + shouter.port(), "still here");
      assertThat(client.receive()).endsWith(" STILL HERE");
      client.control.send("y");
      assertThat(client.control.closed()).isTrue();
      assertThat(proxy.limited("udp_control_bytes")).isOne();
    }
  }

  @Test
  void aRevocationEndsItWithinASecond() throws Exception {
    EntryId entry = new EntryId("members", "alice");
    Membership.Member member =
        new Membership.Member(
            entry, Membership.Standing.ACTIVE, Optional.empty(), Optional.of("alice"));
    try (Shouter shouter = new Shouter("127.0.0.1");
        ProxyFixture proxy =
            new ProxyFixture(
                "{ auth: { users_file: users }, destinations: { private: allow } }",
                "alice",
                "s3cr3t")) {
      proxy.membership.set(
          new Membership("members", "1", Map.of(entry, member), Map.of("alice", entry)));
      try (Client client = new Client(proxy, "01 05 616c696365 06 733363723374", 2)) {
        client.send("00000001 7f000001" + shouter.port(), "in");
        assertThat(client.receive()).endsWith(" IN");
        int cut =
            proxy.connections.revoke(
                java.util.Set.of(entry),
                new io.fairlead.core.access.Cause(
                    io.fairlead.core.access.Cause.Reason.REVOKED,
                    "members",
                    "2",
                    Optional.empty()));
        assertThat(cut).isOne();
        await().atMost(Duration.ofSeconds(1)).until(() -> associations(proxy) == 0);
        client.send("00000001 7f000001" + shouter.port(), "out");
        assertThat(client.hearsNothing()).isTrue();
      }
    }
  }

  @Test
  void anAccountHasSoManyAndNotOneMore() throws Exception {
    try (ProxyFixture proxy =
            new ProxyFixture("{ destinations: { private: allow }, udp: { per_user: 1 } }");
        RawClient second = proxy.client()) {
      Client first = new Client(proxy);
      second.sendHex("050100").readHex(2);
      second.sendHex("05 03 00 01 00000000 0000");
      assertThat(second.readHex(10)).startsWith("0501");
      assertThat(proxy.rejected("udp_associations")).isOne();
      assertThat(proxy.limited("udp_associations")).isOne();
      first.close();
      await().until(() -> associations(proxy) == 0);
      new Client(proxy).close();
    }
  }

  @Test
  void whoIsToldAnotherAddressAndWhereItListens() throws Exception {
    try (ProxyFixture proxy =
            new ProxyFixture(
                "{ destinations: { private: allow },"
                    + " udp: { advertise: 203.0.113.9, ports: 20000-65000 } }");
        RawClient control = proxy.client()) {
      control.sendHex("050100").readHex(2);
      control.sendHex("05 03 00 01 00000000 0000");
      String reply = control.readHex(10);
      assertThat(reply).startsWith("05000001cb007109");
      assertThat(Integer.parseInt(reply.substring(16), 16)).isBetween(20_000, 65_000);
    }
  }

  @Test
  void itCanBeTurnedOff() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture("{ udp: { enabled: false } }");
        RawClient control = proxy.client()) {
      control.sendHex("050100").readHex(2);
      control.sendHex("05 03 00 01 00000000 0000");
      assertThat(control.readHex(10)).isEqualTo("05070001000000000000");
      assertThat(control.closed()).isTrue();
    }
  }

  @Test
  void itComesUpByteByByteAndInOnePacket() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient slow = proxy.client();
        RawClient quick = proxy.client()) {
      slow.sendHexByteByByte("050100 05 03 00 01 00000000 0000");
      quick.sendHex("050100 05 03 00 01 00000000 0000");
      assertThat(slow.readHex(12)).startsWith("0500" + "050000017f000001");
      assertThat(quick.readHex(12)).startsWith("0500" + "050000017f000001");
    }
  }
}
