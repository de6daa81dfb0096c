package io.fairlead.net.listen;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.NetFixture;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ListenerSetTest {
  private final NetFixture net = new NetFixture(TransportKind.AUTO);

  @AfterEach
  void close() {
    net.close();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO", "IO_URING"})
  void servesOnEveryTransport(TransportKind kind) throws Exception {
    try (NetFixture own = new NetFixture(kind)) {
      own.listen(NetFixture.local("a", saying("hello")));
      try (RawClient client = RawClient.connect(own.port("a"))) {
        assertThat(client.readAllText()).isEqualTo("hello");
      }
    }
  }

  @Test
  void bindsBothLoopbacksOnOnePort() throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/proc/net/if_inet6")), "IPv6");
    net.listen(ListenerSpec.of("a", new ListenAddress.Loopback(0), saying("hello")));
    assertThat(net.listeners.bound()).hasSize(1);
    assertThat(net.listeners.bound().getFirst().addresses())
        .extracting(NetFixture::portOf)
        .hasSizeBetween(1, 2)
        .containsOnly(net.port("a"));
    for (var address : net.listeners.bound().getFirst().addresses()) {
      try (RawClient client = RawClient.connect((InetSocketAddress) address)) {
        assertThat(client.readAllText()).isEqualTo("hello");
      }
    }
  }

  @Test
  void keepsTheSocketThroughReloadsAndSwapsTheFace() throws Exception {
    int port = freePort();
    ListenAddress bind = new ListenAddress.Host("127.0.0.1", port);
    net.listen(ListenerSpec.of("a", bind, saying("one")));
    String inode = inode(port);
    for (int i = 0; i < 5; i++) {
      // The id changes and the feature behind it does, the address does not.
      net.listeners.prepare(List.of(ListenerSpec.of("b" + i, bind, saying("face" + i)))).commit();
      try (RawClient client = RawClient.connect(port)) {
        assertThat(client.readAllText()).isEqualTo("face" + i);
      }
      assertThat(inode(port)).isEqualTo(inode);
    }
  }

  @Test
  void aSocketReleasedAndWantedAgainIsTheSame() throws Exception {
    int port = freePort();
    List<ListenerSpec> wanted =
        List.of(ListenerSpec.of("a", new ListenAddress.Host("127.0.0.1", port), saying("x")));
    net.listeners.prepare(wanted).commit();
    net.listeners.start();
    int same = 0;
    for (int i = 0; i < 20; i++) {
      String inode = inode(port);
      net.listeners.prepare(List.of()).commit();
      net.listeners.prepare(wanted).commit();
      if (inode(port).equals(inode)) same++;
      try (RawClient client = RawClient.connect(port)) {
        assertThat(client.readAllText()).isEqualTo("x");
      }
    }
    assertThat(same).isPositive(); // the others had been closed in between, and were bound anew
  }

  @Test
  void doesNotAcceptBeforeTheCommitAndUnbindsOnDiscard() throws Exception {
    int port = freePort();
    net.listeners.start();
    ListenerSpec spec =
        ListenerSpec.of("a", new ListenAddress.Host("127.0.0.1", port), saying("x"));
    Prepared dropped = net.listeners.prepare(List.of(spec));
    assertThat(net.listeners.bound()).isEmpty();
    dropped.discard();
    await().until(() -> inode(port).isEmpty());
    Prepared kept = net.listeners.prepare(List.of(spec));
    try (RawClient client = RawClient.connect(port)) {
      assertThat(client.silentFor(Duration.ofMillis(100))).isTrue();
      kept.commit();
      assertThat(client.readAllText()).isEqualTo("x");
    }
  }

  @Test
  void aTakenAddressIsAProblemThatNamesTheHolderAndUndoesTheRest() throws Exception {
    int free = freePort();
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      ConfigException failure =
          catchThrowableOfType(
              ConfigException.class,
              () ->
                  net.listeners.prepare(
                      List.of(
                          ListenerSpec.of(
                              "a", new ListenAddress.Host("127.0.0.1", free), saying("x")),
                          ListenerSpec.of(
                              "b",
                              new ListenAddress.Host("127.0.0.1", taken.getLocalPort()),
                              saying("x")))));
      assertThat(failure.problems()).hasSize(1);
      assertThat(failure.problems().getFirst().code()).isEqualTo("F2201");
      assertThat(failure.problems().getFirst().path()).isEqualTo("/listeners/b/bind");
      assertThat(failure.problems().getFirst().message())
          .contains("pid " + ProcessHandle.current().pid());
      await().until(() -> inode(free).isEmpty());
    }
  }

  @Test
  void twoListenersOnOneAddressAreAProblem() {
    ListenAddress bind = new ListenAddress.Host("127.0.0.1", 18_080);
    ConfigException failure =
        catchThrowableOfType(
            ConfigException.class,
            () ->
                net.listeners.prepare(
                    List.of(
                        ListenerSpec.of("a", bind, saying("x")),
                        ListenerSpec.of("b", bind, saying("x")))));
    assertThat(failure.problems()).hasSize(1);
  }

  @Test
  void pausesAtTheProcessLimitAndGoesOnWhenConnectionsClose() throws Exception {
    net.limits.set(new ProcessLimits(Limit.atMost(2), Limit.OFF, Limit.OFF, 1));
    net.listen(NetFixture.local("a", greeting()));
    try (RawClient first = RawClient.connect(net.port("a"));
        RawClient second = RawClient.connect(net.port("a"))) {
      assertThat(first.readExactly(1)).hasSize(1);
      assertThat(second.readExactly(1)).hasSize(1);
      try (RawClient third = RawClient.connect(net.port("a"))) {
        assertThat(third.silentFor(Duration.ofMillis(150))).isTrue();
        assertThat(net.registry.get("fairlead.accept.paused").gauge().value()).isEqualTo(1);
        first.close();
        assertThat(third.readExactly(1)).hasSize(1);
      }
    }
    await().until(() -> net.registry.get("fairlead.accept.paused").gauge().value() == 0);
  }

  @Test
  void closesTooManyConnectionsOfOneSourceButNotOfAnother() throws Exception {
    net.limits.set(new ProcessLimits(Limit.OFF, Limit.atMost(3), Limit.OFF, 1));
    net.listen(NetFixture.local("a", greeting()));
    InetSocketAddress to = new InetSocketAddress("127.0.0.1", net.port("a"));
    List<RawClient> open = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      RawClient client = RawClient.connect("127.0.0.2", to);
      assertThat(client.readExactly(1)).hasSize(1);
      open.add(client);
    }
    try (RawClient tooMany = RawClient.connect("127.0.0.2", to);
        RawClient other = RawClient.connect("127.0.0.3", to)) {
      tooMany.drainToEnd();
      assertThat(other.readExactly(1)).hasSize(1);
    }
    assertThat(net.counter("limit.rejections", "limit", "connections_per_ip")).isEqualTo(1);
    for (RawClient client : open) client.close();
    await()
        .untilAsserted(
            () -> {
              try (RawClient again = RawClient.connect("127.0.0.2", to)) {
                assertThat(again.read()).isEqualTo('!');
              }
            });
  }

  @Test
  void closesConnectionsThatComeTooFast() throws Exception {
    net.limits.set(new ProcessLimits(Limit.OFF, Limit.OFF, Limit.atMost(1), 5));
    net.listen(NetFixture.local("a", greeting()));
    InetSocketAddress to = new InetSocketAddress("127.0.0.1", net.port("a"));
    int served = 0;
    for (int i = 0; i < 20; i++) {
      try (RawClient client = RawClient.connect("127.0.0.4", to)) {
        if (client.read() == '!') served++;
      } catch (IOException _) {
        // closed after the accept
      }
    }
    assertThat(served).isBetween(5, 7);
    assertThat(net.counter("limit.rejections", "limit", "new_connections_per_ip"))
        .isEqualTo(20 - served);
  }

  @Test
  void drainTellsConnectionsAndReturnsWhenTheyAreGone() throws Exception {
    net.listen(
        NetFixture.local(
            "a",
            (channel, _) -> {
              channel.pipeline().addLast(new ClosesWhenDrained());
              channel.config().setAutoRead(true);
            }));
    try (RawClient client = RawClient.connect(net.port("a"))) {
      await().until(() -> net.connections.size() == 1);
      Deadline deadline = Deadline.in(net.clock, Duration.ofSeconds(30));
      net.listeners.drain(deadline);
      assertThat(deadline.remaining()).isGreaterThan(Duration.ofSeconds(20));
      assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
    }
  }

  @Test
  void knowsItsOwnAddresses() throws Exception {
    net.listen(ListenerSpec.of("a", new ListenAddress.Host("0.0.0.0", 0), saying("x")));
    int port = net.port("a");
    assertThat(own("127.0.0.1", port)).isTrue();
    assertThat(own("127.9.9.9", port)).isTrue();
    assertThat(own("0.0.0.0", port)).isTrue();
    assertThat(own("192.0.2.1", port)).isFalse();
    assertThat(own("127.0.0.1", port == 1 ? 2 : port - 1)).isFalse();
  }

  @Test
  void listensOnAUnixSocketAndReplacesAStaleOne(@TempDir Path directory) throws Exception {
    Path path = directory.resolve("s");
    try (var stale = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      stale.bind(UnixDomainSocketAddress.of(path));
    }
    assertThat(path).exists();
    net.listen(ListenerSpec.of("u", new ListenAddress.Unix(path.toString()), saying("unix")));
    try (RawClient client = RawClient.connect(path)) {
      assertThat(client.readAllText()).isEqualTo("unix");
    }
    assertThat(Files.getPosixFilePermissions(path)).hasSize(2);
    net.listeners.prepare(List.of()).commit();
    await().until(() -> !Files.exists(path));
  }

  private boolean own(String address, int port) {
    return net.listeners.isOwnAddress(new InetSocketAddress(InetAddress.ofLiteral(address), port));
  }

  private static Face saying(String text) {
    return (channel, _) -> {
      channel
          .writeAndFlush(Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII))
          .addListener(_ -> channel.close());
    };
  }

  private static Face greeting() {
    return (channel, _) -> {
      channel.writeAndFlush(Unpooled.copiedBuffer("!", StandardCharsets.US_ASCII));
      channel.pipeline().addLast(new ClosesWhenDrained());
      channel.config().setAutoRead(true);
    };
  }

  private static final class ClosesWhenDrained extends ChannelInboundHandlerAdapter {
    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      ctx.close(); // the end of the stream, or the drain
    }
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.ofLiteral("127.0.0.1"))) {
      return socket.getLocalPort();
    }
  }

  private static String inode(int port) throws IOException {
    for (String table : List.of("/proc/net/tcp", "/proc/net/tcp6")) {
      Optional<String> found =
          Files.readAllLines(Path.of(table)).stream()
              .map(line -> line.strip().split("\\s+"))
              .filter(c -> c.length > 9 && c[3].equals("0A"))
              .filter(c -> c[1].endsWith(String.format(":%04X", port)))
              .map(c -> c[9])
              .findFirst();
      if (found.isPresent()) return found.get();
    }
    return "";
  }
}
