package io.fairlead.it.libp2p;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostSettings;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.relay.RelayClient;
import io.fairlead.relay.service.RelayPolicy;
import io.fairlead.relay.service.RelayService;
import io.fairlead.relay.service.RelayServiceSettings;
import io.fairlead.testkit.Seeds;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * Broken frames at every layer of a node that is a relay, too: none of them is worth a line above
 * DEBUG, none is kept, and the node goes on answering.
 */
class BrokenFramesIT {
  private static final int ROUNDS = 60;
  private static final int SECONDS = 60;

  private final Queue<String> logged = new ConcurrentLinkedQueue<>();
  private final Appender appender = new Appender();
  private final EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "broken");
  private RandomGenerator chance;
  private Host node;
  private RelayClient client;
  private RelayService service;
  private Host attacker;

  /** Keeps what is above DEBUG. */
  private final class Appender extends AppenderBase<ILoggingEvent> {
    @Override
    protected void append(ILoggingEvent event) {
      boolean ours = event.getLoggerName().startsWith("io.fairlead.");
      if (event.getLevel().isGreaterOrEqual(ours ? Level.INFO : Level.WARN)) {
        logged.add(event.getLoggerName() + ": " + event.getFormattedMessage());
      }
    }
  }

  @BeforeEach
  void open() throws Exception {
    HostSettings settings =
        HostSettings.DEFAULTS.listening(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"));
    Meters meters = new Meters(new SimpleMeterRegistry());
    PrivateKey key = PrivateKey.generate();
    node = Host.start(key, settings, loops);
    client = new RelayClient(node, PeerGate.open(), true, Clock.system(), meters);
    client.start();
    service =
        new RelayService(
            node,
            key,
            PeerGate.open(),
            RelayPolicy.open(),
            Watch.of(RelayServiceSettings.DEFAULTS.in(RelayServiceSettings.Mode.ON)),
            Clock.system(),
            meters);
    service.start();
    attacker = Host.start(PrivateKey.generate(), HostSettings.DEFAULTS, loops);
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    appender.setContext(root.getLoggerContext());
    appender.start();
    root.addAppender(appender);
  }

  @AfterEach
  void close() {
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(appender);
    appender.stop();
    attacker.close();
    service.close();
    client.close();
    node.close();
    loops.close();
  }

  @Test
  void nothingBrokenIsToldOrKept() {
    Seeds.run(
        1,
        random -> {
          chance = random;
          everywhere();
        });
  }

  private void everywhere() throws Exception {
    InetSocketAddress at = address();
    for (int i = 0; i < ROUNDS; i++) {
      knock(at, new byte[0]);
      knock(at, words("/noise"));
      knock(at, words("/tls/1.0.0"));
      knock(at, words("/plaintext/2.0.0", "/noise"));
    }
    for (int i = 0; i < ROUNDS / 3; i++) frames();
    Set<String> protocols = node.protocols();
    assertThat(protocols).hasSizeGreaterThan(4);
    for (String protocol : protocols) {
      for (int i = 0; i < 3; i++) stream(protocol);
    }

    attacker.connections().forEach(each -> each.close(0));
    await().atMost(SECONDS, TimeUnit.SECONDS).until(() -> node.connections().isEmpty());
    assertThat(service.circuits()).isEmpty();
    assertThat(connect().wire().isOpen()).isTrue();
    assertThat(attacker.ping(node.id()).toCompletableFuture().get(SECONDS, TimeUnit.SECONDS))
        .isPositive();
    assertThat(logged).isEmpty();
  }

  private InetSocketAddress address() {
    String text = node.listening().getFirst().toString();
    return new InetSocketAddress("127.0.0.1", Integer.parseInt(text.replaceAll(".*/", "")));
  }

  private static byte[] words(String... words) {
    ByteBuf all = Unpooled.buffer();
    all.writeBytes(Delimited.frame("/multistream/1.0.0\n".getBytes(US_ASCII)));
    for (String word : words) all.writeBytes(Delimited.frame((word + "\n").getBytes(US_ASCII)));
    byte[] bytes = new byte[all.readableBytes()];
    all.readBytes(bytes);
    return bytes;
  }

  private byte[] some(int most) {
    byte[] bytes = new byte[1 + chance.nextInt(most)];
    chance.nextBytes(bytes);
    return bytes;
  }

  private void knock(InetSocketAddress at, byte[] before) throws IOException {
    try (Socket socket = new Socket(at.getAddress(), at.getPort())) {
      OutputStream out = socket.getOutputStream();
      out.write(before);
      out.write(some(2000));
    } catch (IOException closed) {
      if (closed instanceof java.net.ConnectException) throw closed; // nobody is there any more
    }
  }

  private Connection connect() throws Exception {
    return attacker
        .connect(node.id(), node.listening())
        .toCompletableFuture()
        .get(SECONDS, TimeUnit.SECONDS);
  }

  /** Frames of the muxer that nobody means, sealed as they should be. */
  private void frames() throws Exception {
    // Who came often may find too many of its connections there, and then comes anew.
    ChannelHandlerContext mux =
        await()
            .atMost(SECONDS, TimeUnit.SECONDS)
            .ignoreException(ExecutionException.class)
            .until(() -> muxer(connect().wire().channel()), Optional::isPresent)
            .orElseThrow();
    for (int i = 0; i < 5; i++) {
      ByteBuf frame = Unpooled.buffer();
      frame.writeByte(chance.nextInt(8) == 0 ? 1 : 0).writeByte(chance.nextInt(5));
      frame.writeShort(chance.nextInt(16)).writeInt(chance.nextInt(1 << chance.nextInt(20)));
      frame.writeInt(chance.nextInt(4) == 0 ? chance.nextInt() : chance.nextInt(300));
      frame.writeBytes(some(300));
      mux.writeAndFlush(frame);
    }
    assertThat(mux.channel().close().await(SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  private static Optional<ChannelHandlerContext> muxer(Channel channel) {
    return channel.pipeline().toMap().values().stream()
        .filter(each -> each.getClass().getSimpleName().equals("MuxHandler"))
        .map(channel.pipeline()::context)
        .filter(Objects::nonNull)
        .findFirst();
  }

  private void stream(String protocol) throws Exception {
    AtomicReference<BlockingStream> made = new AtomicReference<>();
    // Who sent what is broken may be cut off, and then comes anew.
    Channel channel =
        await()
            .atMost(SECONDS, TimeUnit.SECONDS)
            .ignoreException(ExecutionException.class)
            .until(() -> open(protocol, made), Objects::nonNull);
    BlockingStream stream = Objects.requireNonNull(made.get());
    try {
      stream.out().write(some(6000));
      stream.closeWrite();
    } catch (IOException reset) {
      // as it may
    } finally {
      stream.reset(0);
    }
    // Some protocols may have few streams at once.
    assertThat(channel.closeFuture().await(SECONDS, TimeUnit.SECONDS)).isTrue();
  }

  private Channel open(String protocol, AtomicReference<BlockingStream> made) throws Exception {
    connect();
    return attacker
        .newStream(
            node.id(),
            List.of(protocol),
            OpenOptions.DEFAULTS,
            opened -> made.set(BlockingStream.of(opened)))
        .toCompletableFuture()
        .get(SECONDS, TimeUnit.SECONDS);
  }
}
