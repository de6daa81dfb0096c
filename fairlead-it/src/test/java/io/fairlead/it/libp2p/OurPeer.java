package io.fairlead.it.libp2p;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.mux.WindowBudget;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.libp2p.netty.InboundStreams;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.libp2p.netty.UpgradeSettings;
import io.fairlead.libp2p.netty.Upgrader;
import io.fairlead.libp2p.secure.Noise;
import io.fairlead.libp2p.secure.SecureMeters;
import io.fairlead.libp2p.secure.SecureProtocol;
import io.fairlead.libp2p.secure.Tls;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Our side of the talk with peers of others: the same protocols as theirs, in blocking code. */
final class OurPeer implements AutoCloseable, InboundStreams {
  static final String ECHO = "/fairlead/echo/1";
  static final String HALF = "/fairlead/half/1";
  static final String RESET = "/fairlead/reset/1";
  static final String SLEEP = "/fairlead/sleep/1";
  static final String PERF = "/perf/1.0.0";
  static final String PING = "/ipfs/ping/1.0.0";
  static final String IDENTIFY = "/ipfs/id/1.0.0";
  static final String PUSH = "/ipfs/id/push/1.0.0";
  static final String AGENT = "fairlead/test";

  final PrivateKey key = PrivateKey.generate();
  final WindowBudget budget = new WindowBudget(new ByteSize(512 << 20));
  final CountDownLatch wake = new CountDownLatch(1);
  final BlockingQueue<IdentifyMessage> pushed = new LinkedBlockingQueue<>();
  final BlockingQueue<Exception> failures = new LinkedBlockingQueue<>();
  private final EventLoops loops = EventLoops.create(2, TransportKind.AUTO, "p2p-it");
  private final Transport transport;
  private final Map<String, Talk> protocols =
      Map.of(
          ECHO, OurPeer::echo,
          HALF, OurPeer::countAndTell,
          RESET, OurPeer::reset,
          SLEEP, this::sleep,
          PERF, OurPeer::perf,
          PING, OurPeer::answerPings,
          IDENTIFY, this::identify,
          PUSH, this::learn);

  private interface Talk {
    void with(BlockingStream stream) throws Exception;
  }

  OurPeer(String security) {
    Meters meters = new Meters(new SimpleMeterRegistry());
    SecureMeters secured = new SecureMeters(meters);
    SecureProtocol protocol =
        security.equals("noise")
            ? new Noise(key, Runnable::run, secured)
            : new Tls(key, Clock.system(), Randomness.system(), Runnable::run, secured);
    Upgrader upgrader =
        new Upgrader(
            List.of(protocol), UpgradeSettings.DEFAULTS, budget, this, Clock.system(), meters);
    transport = new Transport(loops, upgrader, Transport.WebSocketTls.NONE);
  }

  /** Listens on a free port; the address with our id. */
  Multiaddr listen(String kind) throws Exception {
    String suffix = kind.equals("ws") ? "/ws" : "";
    Multiaddr any = Multiaddr.parse("/ip4/127.0.0.1/tcp/0" + suffix);
    return get(transport.listen(any, _ -> true, _ -> {})).address().withPeer(key.peerId());
  }

  PeerConnection dial(Multiaddr address) throws Exception {
    PeerId expected = address.peerId().orElseThrow();
    return get(transport.dial(address, expected, Duration.ofSeconds(5), Optional.empty()));
  }

  static BlockingStream open(PeerConnection to, String protocol) throws Exception {
    CompletableFuture<BlockingStream> made = new CompletableFuture<>();
    get(to.open(List.of(protocol), stream -> made.complete(timed(BlockingStream.of(stream)))));
    return made.join();
  }

  private static BlockingStream timed(BlockingStream stream) {
    stream.timeout(Duration.ofSeconds(30));
    return stream;
  }

  static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  // ---- what we answer -----------------------------------------------------------------------

  @Override
  public boolean speaks(PeerConnection connection, String protocol) {
    return protocols.containsKey(protocol);
  }

  @Override
  public void opened(StreamChannel channel) {
    BlockingStream stream = timed(BlockingStream.of(channel));
    Talk talk = protocols.get(channel.protocol());
    Thread.ofVirtual()
        .start(
            () -> {
              try (stream) {
                talk.with(stream);
              } catch (Exception failed) {
                failures.add(failed);
                stream.reset(1);
              }
            });
  }

  private static void echo(BlockingStream stream) throws IOException {
    stream.in().transferTo(stream.out());
  }

  /** Whoever pings may go without a word. */
  private static void answerPings(BlockingStream stream) {
    try {
      echo(stream);
    } catch (IOException gone) {
      stream.reset(0);
    }
  }

  private static void countAndTell(BlockingStream stream) throws IOException {
    tell(stream, skipAll(stream.in()));
  }

  private static void tell(BlockingStream stream, long count) throws IOException {
    stream.out().write(Long.toString(count).getBytes(UTF_8));
  }

  private static void reset(BlockingStream stream) throws IOException {
    stream.in().read();
    stream.reset(4242);
  }

  private void sleep(BlockingStream stream) throws Exception {
    wake.await();
    countAndTell(stream);
  }

  private static void perf(BlockingStream stream) throws IOException {
    long wanted = ByteBuffer.wrap(stream.in().readNBytes(8)).getLong();
    skipAll(stream.in());
    write(stream.out(), wanted);
  }

  private void identify(BlockingStream stream) throws IOException {
    stream.out().write(Delimited.frame(identity().toBytes()));
  }

  private IdentifyMessage identity() {
    return new IdentifyMessage(
        Optional.of(key.publicKey().toBytes()),
        List.of(),
        List.copyOf(protocols.keySet()),
        Optional.empty(),
        Optional.of("ipfs/0.1.0"),
        Optional.of(AGENT),
        Optional.empty());
  }

  /** Whoever pushes may go in the midst of it: what was to be told is about a node that is gone. */
  private void learn(BlockingStream stream) throws Exception {
    try {
      pushed.add(message(stream));
    } catch (IOException gone) {
      stream.reset(0);
    }
  }

  /** All that was pushed so far: a peer may do so more than once. */
  List<String> pushedProtocols() {
    return pushed.stream().flatMap(message -> message.protocols().stream()).toList();
  }

  private static IdentifyMessage message(BlockingStream stream) throws Exception {
    var bytes = Unpooled.wrappedBuffer(stream.in().readAllBytes());
    IdentifyMessage all = IdentifyMessage.EMPTY;
    for (Optional<byte[]> next = Delimited.read(bytes, 8192);
        next.isPresent();
        next = bytes.isReadable() ? Delimited.read(bytes, 8192) : Optional.empty())
      all = all.and(IdentifyMessage.read(next.get()));
    return all;
  }

  // ---- what we ask --------------------------------------------------------------------------

  static void ping(PeerConnection peer) throws Exception {
    try (BlockingStream stream = open(peer, PING)) {
      for (int i = 0; i < 3; i++) {
        byte[] asked = new byte[32];
        Arrays.fill(asked, (byte) i);
        stream.out().write(asked);
        if (!Arrays.equals(stream.in().readNBytes(32), asked)) throw new AssertionError("ping");
      }
    }
  }

  static IdentifyMessage identify(PeerConnection peer) throws Exception {
    try (BlockingStream stream = open(peer, IDENTIFY)) {
      return message(stream);
    }
  }

  void push(PeerConnection peer) throws Exception {
    try (BlockingStream stream = open(peer, PUSH)) {
      stream.out().write(Delimited.frame(identity().toBytes()));
      stream.closeWrite();
      if (stream.in().read() != -1) throw new AssertionError("an answer to a push");
    }
  }

  static void echo(PeerConnection peer, String text) throws Exception {
    try (BlockingStream stream = open(peer, ECHO)) {
      Thread writer =
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (OutputStream out = stream.out()) {
                      out.write(text.getBytes(UTF_8));
                    } catch (IOException failed) {
                      stream.reset(1);
                    }
                  });
      String back = new String(stream.in().readAllBytes(), UTF_8);
      writer.join();
      if (!back.equals(text)) throw new AssertionError(back.length() + " characters back");
    }
  }

  static void manyEchoes(PeerConnection peer, int count) throws Exception {
    List<CompletableFuture<Void>> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      CompletableFuture<Void> done = new CompletableFuture<>();
      all.add(done);
      String text = ("stream " + i).repeat(500);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  echo(peer, text);
                  done.complete(null);
                } catch (Throwable failed) {
                  done.completeExceptionally(failed);
                }
              });
    }
    for (CompletableFuture<Void> each : all) each.get(30, TimeUnit.SECONDS);
  }

  /**
   * Streams that are opened one after the other and are all there at once, for peers that take no
   * two in one turn.
   */
  static void heldEchoes(PeerConnection peer, int count) throws Exception {
    List<BlockingStream> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      BlockingStream stream = open(peer, ECHO);
      all.add(stream);
      byte[] text = ("stream " + i).getBytes(UTF_8);
      stream.out().write(text);
      if (!Arrays.equals(stream.in().readNBytes(text.length), text)) {
        throw new AssertionError("something else back");
      }
    }
    for (BlockingStream stream : all) {
      stream.closeWrite();
      if (stream.in().read() != -1) throw new AssertionError("more back");
      stream.close();
    }
  }

  /** Sends bytes to a protocol that counts them; its answer. */
  static String counted(PeerConnection peer, String protocol, long bytes) throws Exception {
    try (BlockingStream stream = open(peer, protocol)) {
      write(stream.out(), bytes);
      stream.closeWrite();
      return new String(stream.in().readAllBytes(), UTF_8);
    }
  }

  static String resetOf(PeerConnection peer) throws Exception {
    try (BlockingStream stream = open(peer, RESET)) {
      stream.out().write(1);
      stream.in().read();
      throw new AssertionError("no reset");
    } catch (IOException reset) {
      return String.valueOf(reset.getMessage());
    }
  }

  static long download(PeerConnection peer, long bytes) throws Exception {
    try (BlockingStream stream = open(peer, PERF)) {
      stream.out().write(ByteBuffer.allocate(8).putLong(bytes).array());
      stream.closeWrite();
      return skipAll(stream.in());
    }
  }

  static long upload(PeerConnection peer, long bytes) throws Exception {
    try (BlockingStream stream = open(peer, PERF)) {
      stream.out().write(new byte[8]);
      write(stream.out(), bytes);
      stream.closeWrite();
      return skipAll(stream.in());
    }
  }

  static void write(OutputStream out, long bytes) throws IOException {
    byte[] chunk = new byte[64 * 1024];
    for (long left = bytes; left > 0; left -= chunk.length)
      out.write(chunk, 0, (int) Math.min(left, chunk.length));
  }

  private static long skipAll(InputStream in) throws IOException {
    byte[] chunk = new byte[64 * 1024];
    long all = 0;
    for (int count; (count = in.read(chunk)) >= 0; ) all += count;
    return all;
  }

  @Override
  public void close() {
    wake.countDown();
    loops.close();
  }
}
