package io.fairlead.proxy.stream;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.NameResolver;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.listen.DatagramFace;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.net.upstream.StreamUpstreams;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a client sends while its server's name is looked up waits, up to a bound. */
@Timeout(60)
class SessionQueueTest {
  private static final Duration SOON = Duration.ofSeconds(30);
  private static final RecordType<Map<String, StreamConfig>> ROOT =
      RecordType.define(
          "Root",
          "a test's configuration",
          f -> {
            var streams = f.key("streams", StreamConfig.SECTION, "services").required();
            return v -> v.get(streams);
          });

  private final CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
  private final EventLoops loops = EventLoops.create(1, TransportKind.NIO, "queue-test");
  private final Meters meters = new Meters(new SimpleMeterRegistry());
  private final EventBus events = new EventBus();
  private final AtomicInteger taken = new AtomicInteger();
  private StreamService service;
  private DatagramSocket server;
  private DatagramSocket client;

  /** Knows every name as soon as the test says so. */
  private final NameResolver names =
      new NameResolver() {
        @Override
        public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
          return answer;
        }

        @Override
        public void close() {}
      };

  @BeforeEach
  void start() throws Exception {
    loops.start();
    server = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    server.setSoTimeout((int) SOON.toMillis());
    client = new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    service =
        new StreamService(
            StreamUpstreams.NONE,
            (loop, guard, preface) -> {
              throw new IllegalStateException("this test dials no connections");
            },
            new DatagramDialer(loops, names),
            OwnAddresses.NONE,
            new StreamJournal(events, meters, Clock.system(), AccessLog.OFF),
            new DatagramMeters(meters),
            (channel, connection, settings, handler, already) -> {
              throw new IllegalStateException("this test speaks no HTTP");
            });
  }

  @AfterEach
  void close() {
    client.close();
    server.close();
    service.close();
    loops.close();
    events.close();
  }

  @Test
  void whatWaitsGoesOutInOrderAndTheRestIsDroppedAndCounted() throws Exception {
    Channel listener = listen("session_queue: 3");
    for (int i = 0; i < 8; i++) send(listener, "d" + i);
    await().atMost(SOON).until(() -> rejected() == 5);
    answer.complete(List.of(InetAddress.getLoopbackAddress()));
    assertThat(List.of(received(), received(), received())).containsExactly("d0", "d1", "d2");
    send(listener, "later");
    assertThat(received()).as("the session goes on").isEqualTo("later");
    assertThat(rejected()).isEqualTo(5);
  }

  @Test
  void offLetsAllWait() throws Exception {
    Channel listener = listen("session_queue: off");
    for (int i = 0; i < 100; i++) send(listener, "d" + i); // more than the default, 64
    await().atMost(SOON).until(() -> taken.get() == 100);
    answer.complete(List.of(InetAddress.getLoopbackAddress()));
    for (int i = 0; i < 100; i++) assertThat(received()).isEqualTo("d" + i);
    assertThat(rejected()).isZero();
  }

  @Test
  void whatWaitsHoldsNoReadBuffers() throws Exception {
    Channel listener = listen("session_queue: 3");
    ByteBuf read = Unpooled.directBuffer(65_535).writeBytes("first".getBytes(US_ASCII));
    InetSocketAddress from = (InetSocketAddress) client.getLocalSocketAddress();
    listener
        .eventLoop()
        .submit(
            () ->
                service
                    .datagrams("s")
                    .receive(
                        listener,
                        new io.netty.channel.socket.DatagramPacket(
                            read, (InetSocketAddress) listener.localAddress(), from)))
        .sync();
    assertThat(read.refCnt()).as("a buffer for the longest datagram").isZero();
    answer.complete(List.of(InetAddress.getLoopbackAddress()));
    assertThat(received()).isEqualTo("first");
  }

  private Channel listen(String limits) throws Exception {
    String yaml =
        "streams: { s: { destination: \"server.test:%d\", limits: { %s } } }"
            .formatted(server.getLocalPort(), limits);
    service
        .prepare(
            ConfigReader.read(
                    ROOT,
                    new ConfigSource("test.yaml", yaml, Path.of(".")),
                    Environment.withVariables(Map.of()))
                .valueOrThrow())
        .commit();
    DatagramFace face = service.datagrams("s");
    return new Bootstrap()
        .group(loops.group())
        .channelFactory(loops.datagramChannels())
        .handler(
            new SimpleChannelInboundHandler<io.netty.channel.socket.DatagramPacket>() {
              @Override
              protected void channelRead0(
                  ChannelHandlerContext ctx, io.netty.channel.socket.DatagramPacket packet) {
                face.receive(ctx.channel(), packet.retain());
                taken.incrementAndGet();
              }
            })
        .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
        .sync()
        .channel();
  }

  private void send(Channel listener, String text) throws IOException {
    byte[] bytes = text.getBytes(US_ASCII);
    client.send(new DatagramPacket(bytes, bytes.length, listener.localAddress()));
  }

  private String received() throws IOException {
    DatagramPacket packet = new DatagramPacket(new byte[100], 100);
    server.receive(packet);
    return new String(packet.getData(), 0, packet.getLength(), US_ASCII);
  }

  private double rejected() {
    return Optional.ofNullable(
            meters
                .registry()
                .find("fairlead.limit.rejections")
                .tag("limit", "stream_session_queue")
                .counter())
        .orElseThrow()
        .count();
  }
}
