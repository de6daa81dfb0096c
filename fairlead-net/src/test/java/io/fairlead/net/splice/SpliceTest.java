package io.fairlead.net.splice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.net.NetFixture;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.testkit.RawClient;
import io.netty.buffer.Unpooled;
import io.netty.channel.EventLoop;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class SpliceTest {
  private record Ended(long received, long sent, String reason) {}

  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private final List<Ended> ends = new CopyOnWriteArrayList<>();
  private final AtomicInteger joins = new AtomicInteger();
  private ServerSocket upstream;

  @BeforeEach
  void openUpstream() throws Exception {
    upstream = new ServerSocket(0, 50, InetAddress.ofLiteral("127.0.0.1"));
  }

  @AfterEach
  void closeAll() throws Exception {
    upstream.close();
    threads.shutdownNow();
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO", "IO_URING"})
  void carriesALotBothWaysUnharmedWhileOneSideReadsSlowly(TransportKind kind) throws Exception {
    long bytes = 100L * 1024 * 1024;
    try (NetFixture net = new NetFixture(kind)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (Socket client = new Socket("127.0.0.1", net.port("in"));
          Socket server = upstream.accept()) {
        Future<String> up = threads.submit(() -> send(client.getOutputStream(), 1, bytes));
        Future<String> down = threads.submit(() -> send(server.getOutputStream(), 2, bytes));
        Future<String> fast = threads.submit(() -> receive(server.getInputStream(), bytes, 0));
        Future<String> slow = threads.submit(() -> receive(client.getInputStream(), bytes, 50));
        assertThat(fast.get()).isEqualTo(up.get());
        assertThat(slow.get()).isEqualTo(down.get());
        LiveConnection live = net.connections.list().getFirst();
        assertThat(live.receivedBytes()).isEqualTo(bytes);
        assertThat(live.sentBytes()).isEqualTo(bytes);
      }
      await().until(() -> ends.size() == 1);
      assertThat(ends.getFirst().received()).isEqualTo(bytes);
      assertThat(ends.getFirst().sent()).isEqualTo(bytes);
      assertThat(net.loops.buffers().leasedBytes()).isZero();
    }
  }

  @Test
  void stopsReadingWhileTheOtherSideDoesNotTakeMore() throws Exception {
    try (NetFixture net = new NetFixture(TransportKind.AUTO)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        byte[] block = new byte[1024 * 1024];
        long offered = 0;
        // Nobody reads at the other end: what the sender can get rid of must be bounded.
        int idle = 0;
        while (idle < 20) {
          int taken = client.sendSome(block);
          offered += taken;
          idle = taken == 0 ? idle + 1 : 0;
          if (taken == 0) LockSupport.parkNanos(10_000_000);
        }
        long relayed = net.connections.list().getFirst().receivedBytes();
        assertThat(offered).isLessThan(64L * 1024 * 1024);
        assertThat(relayed).isLessThanOrEqualTo(offered);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO", "IO_URING"})
  void passesOnTheEndOfOneDirectionOnly(TransportKind kind) throws Exception {
    try (NetFixture net = new NetFixture(kind)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        client.send("question").halfClose();
        assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("question");
        server.getOutputStream().write("answer".getBytes());
        server.shutdownOutput();
        assertThat(client.readAllText()).isEqualTo("answer");
      }
      await().until(() -> ends.size() == 1);
      assertThat(ends).containsExactly(new Ended(8, 6, "closed"));
    }
  }

  /** What a client sends and ends before anyone reads must wait for the splice, not get lost. */
  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO"})
  void keepsWhatCameBeforeItWasJoined(TransportKind kind) throws Exception {
    try (NetFixture net = new NetFixture(kind)) {
      AtomicReference<CompletableFuture<Void>> go = new AtomicReference<>();
      Face splicing = splicing(net, SpliceSettings.DEFAULTS);
      net.listen(
          NetFixture.local(
              "in",
              (channel, connection) ->
                  go.get()
                      .thenRunAsync(
                          () -> splicing.attach(channel, connection), channel.eventLoop())));
      byte[] much = new byte[100_000];
      for (int round = 0; round < 20; round++) {
        go.set(new CompletableFuture<>());
        try (RawClient client = RawClient.connect(net.port("in"))) {
          client.send(much).halfClose();
          // Two turns of both loops: the news of the FIN has been looked at.
          for (int turn = 0; turn < 2; turn++) {
            for (EventLoop loop : net.loops.loops()) loop.submit(() -> {}).sync();
          }
          go.get().complete(null);
          try (Socket server = upstream.accept()) {
            assertThat(server.getInputStream().readAllBytes()).hasSize(much.length);
            server.getOutputStream().write('!');
            server.shutdownOutput();
            assertThat(client.readAllText()).isEqualTo("!");
          }
        }
      }
      await().until(() -> ends.size() == 20);
      assertThat(ends).containsOnly(new Ended(much.length, 1, "closed"));
    }
  }

  @Test
  void passesOnTheEndFromUpstreamToo() throws Exception {
    try (NetFixture net = new NetFixture(TransportKind.AUTO)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        server.getOutputStream().write("greeting".getBytes());
        server.shutdownOutput();
        assertThat(client.readAllText()).isEqualTo("greeting");
        client.send("still here").halfClose();
        assertThat(server.getInputStream().readAllBytes()).asString().isEqualTo("still here");
      }
      await().until(() -> ends.size() == 1);
      assertThat(ends).containsExactly(new Ended(10, 8, "closed"));
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO"})
  void aResetOfOneSideResetsTheOther(TransportKind kind) throws Exception {
    try (NetFixture net = new NetFixture(kind)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        client.send("x");
        assertThat(server.getInputStream().read()).isEqualTo('x');
        client.reset();
        assertThat(resets(server)).isTrue();
      }
      await().until(() -> ends.size() == 1);
      assertThat(ends.getFirst().reason()).isEqualTo("reset");
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO"})
  void aResetAfterTheEndOfTheStreamEndsTheSplice(TransportKind kind) throws Exception {
    try (NetFixture net = new NetFixture(kind)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        client.halfClose();
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        client.reset();
        // A reset after the end of the stream may only show when something is written.
        await()
            .until(
                () -> {
                  try {
                    server.getOutputStream().write(new byte[1024]);
                  } catch (IOException _) {
                    // the reset was passed on already
                  }
                  return ends.size() == 1;
                });
      }
      await().until(() -> net.connections.size() == 0);
    }
  }

  @Test
  void endsWhenIdleAndWhenHalfClosedTooLong() throws Exception {
    SpliceSettings impatient =
        new SpliceSettings(Duration.ofMillis(400), Duration.ofMillis(100), Duration.ofHours(1));
    try (NetFixture net = new NetFixture(TransportKind.AUTO)) {
      net.listen(NetFixture.local("in", splicing(net, impatient)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
        assertThat(server.getInputStream().read()).isEqualTo(-1);
      }
      await().until(() -> ends.size() == 1);
      assertThat(ends.getFirst().reason()).isEqualTo("idle_timeout");
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        client.halfClose();
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
      }
      await().until(() -> ends.size() == 2);
      assertThat(ends.getLast().reason()).isEqualTo("half_close_timeout");
    }
  }

  @Test
  void aCutClosesBothSidesWithItsReason() throws Exception {
    try (NetFixture net = new NetFixture(TransportKind.AUTO)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        client.send("x");
        assertThat(server.getInputStream().read()).isEqualTo('x');
        net.connections.list().getFirst().cut("revoked");
        client.awaitEnd();
        assertThat(server.getInputStream().read()).isEqualTo(-1);
      }
      await().until(() -> ends.size() == 1);
      assertThat(ends.getFirst().reason()).isEqualTo("revoked");
    }
  }

  @Test
  void goesOnWhileDrainingAndEndsInOrderAtTheDeadline() throws Exception {
    try (NetFixture net = new NetFixture(TransportKind.AUTO)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      try (RawClient client = RawClient.connect(net.port("in"));
          Socket server = upstream.accept()) {
        client.send("x");
        assertThat(server.getInputStream().read()).isEqualTo('x');
        Future<?> drained =
            threads.submit(
                () -> {
                  net.listeners.drain(Deadline.in(net.clock, Duration.ofSeconds(2)));
                  return null;
                });
        client.send("y");
        assertThat(server.getInputStream().read()).isEqualTo('y');
        assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
        assertThat(server.getInputStream().read()).isEqualTo(-1);
        client.close();
        server.close();
        drained.get();
      }
      await().until(() -> ends.size() == 1);
      assertThat(ends.getFirst().reason()).isEqualTo("drain_deadline");
    }
  }

  /** Any order of sends, ends, resets and cuts ends the splice once and leaks nothing. */
  @ParameterizedTest
  @EnumSource(
      value = TransportKind.class,
      names = {"EPOLL", "NIO"})
  void everyOrderOfEndingEndsOnce(TransportKind kind) throws Exception {
    long seed = 20_301_122;
    Random random = new Random(seed);
    try (NetFixture net = new NetFixture(kind)) {
      net.listen(NetFixture.local("in", splicing(net, SpliceSettings.DEFAULTS)));
      for (int round = 0; round < 60; round++) {
        try (RawClient client = RawClient.connect(net.port("in"));
            Socket server = upstream.accept()) {
          int joined = round + 1;
          await().until(() -> joins.get() == joined);
          boolean ended = false;
          for (int step = 0; step < 4 && !ended; step++) {
            switch (random.nextInt(7)) {
              case 0 -> client.send(new byte[random.nextInt(20_000)]);
              case 1 -> server.getOutputStream().write(new byte[random.nextInt(20_000)]);
              case 2 -> {
                client.halfClose();
                ended = true;
              }
              case 3 -> {
                server.shutdownOutput();
                ended = true;
              }
              case 4 -> {
                client.reset();
                ended = true;
              }
              case 5 -> {
                server.setSoLinger(true, 0);
                server.close();
                ended = true;
              }
              default -> net.connections.list().forEach(c -> c.cut("test"));
            }
          }
        } catch (SocketException _) {
          // a cut came first
        }
        int expected = round + 1;
        await().alias("seed " + seed + " round " + round).until(() -> ends.size() == expected);
      }
      await().until(() -> net.connections.size() == 0);
      assertThat(ends).hasSize(60);
    }
  }

  private Face splicing(NetFixture net, SpliceSettings settings) {
    return (channel, _) ->
        net.dialer
            .on(channel.eventLoop(), DestinationGuard.operatorChosen(OwnAddresses.NONE))
            .dial(
                new Destination.HostPort("127.0.0.1", upstream.getLocalPort()),
                Duration.ofSeconds(5))
            .whenComplete(
                (up, failure) -> {
                  if (failure != null) {
                    channel.close();
                    return;
                  }
                  joins.incrementAndGet();
                  Splice.join(
                      channel,
                      up,
                      Unpooled.EMPTY_BUFFER,
                      Unpooled.EMPTY_BUFFER,
                      settings,
                      (received, sent, reason) -> ends.add(new Ended(received, sent, reason)));
                });
  }

  private static boolean resets(Socket socket) {
    try {
      return socket.getInputStream().read() == Integer.MIN_VALUE;
    } catch (IOException reset) {
      return String.valueOf(reset.getMessage()).contains("reset");
    }
  }

  private static String send(OutputStream out, long seed, long bytes) throws Exception {
    Random random = new Random(seed);
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    byte[] block = new byte[64 * 1024];
    for (long sent = 0; sent < bytes; sent += block.length) {
      random.nextBytes(block);
      digest.update(block);
      out.write(block);
    }
    return HexFormat.of().formatHex(digest.digest());
  }

  private static String receive(InputStream in, long bytes, int pauseEveryMebibytes)
      throws Exception {
    MessageDigest digest = MessageDigest.getInstance("SHA-256");
    DigestInputStream digesting = new DigestInputStream(in, digest);
    byte[] block = new byte[64 * 1024];
    long got = 0;
    long nextPause = pauseEveryMebibytes * 256L * 1024;
    while (got < bytes) {
      int n = digesting.read(block, 0, (int) Math.min(block.length, bytes - got));
      if (n < 0) break;
      got += n;
      if (pauseEveryMebibytes > 0 && got >= nextPause) {
        nextPause += pauseEveryMebibytes * 256L * 1024;
        CompletableFuture.supplyAsync(
                () -> 0, CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS))
            .join();
      }
    }
    return HexFormat.of().formatHex(digest.digest());
  }
}
