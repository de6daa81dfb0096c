package io.fairlead.it.mqtt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.net.listen.InheritedSockets;
import io.fairlead.net.listen.PassedSocket;
import io.fairlead.testkit.RawClient;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.unix.Socket;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A program binds the broker's socket itself, and gives it over with whoever waits there. */
class BoundSocketIT {
  private static final int BACKLOG = 16;

  private Socket socket;
  private int port;

  @BeforeEach
  void bind() throws Exception {
    assumeTrue(Epoll.isAvailable(), "descriptors are taken with epoll only");
    socket = Socket.newSocketStream();
    socket.bind(new InetSocketAddress("127.0.0.1", 0));
    socket.listen(BACKLOG);
    port = socket.localAddress().getPort();
  }

  @Test
  void aSocketIsKnownByItsName() throws Exception {
    serves(
        new InheritedSockets(
            List.of(new PassedSocket("tcp 127.0.0.1:" + port, socket.intValue()))));
  }

  @Test
  void aSocketIsKnownByWhereItIsBound() throws Exception {
    serves(InheritedSockets.labelled(Map.of(socket.intValue(), "any")));
  }

  private void serves(InheritedSockets bound) throws Exception {
    try (RawClient early = RawClient.connect(port); // nobody accepts it yet
        EmbeddedBroker broker =
            EmbeddedBroker.start(
                "", new ListenAddress.Host("127.0.0.1", port), bound, UnaryOperator.identity());
        Peer first = new Peer(new Link.Plain(early), Version.V5);
        Peer second = new Peer(new Link.Plain(RawClient.connect(port)), Version.V5)) {
      assertThat(bound.closeRest()).as("sockets that nobody took").isEmpty();
      assertThat(broker.port(Transport.TCP)).isEqualTo(port);
      first.connect(Connect.of(Version.V5, "first"));
      first.subscribe("a", 1);
      second.connect(Connect.of(Version.V5, "second"));
      second.publish("a", "over", 1);
      first.message("over");
    }
  }
}
