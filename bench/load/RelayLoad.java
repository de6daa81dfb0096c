import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Limit;
import io.fairlead.core.watch.Watch;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.HostSettings;
import io.fairlead.libp2p.host.OpenOptions;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.relay.RelayClient;
import io.fairlead.relay.codec.CircuitStatus;
import io.fairlead.relay.codec.HopMessage;
import io.fairlead.relay.codec.PeerMessage;
import io.fairlead.relay.codec.StopMessage;
import io.fairlead.relay.netty.MessageStream;
import io.fairlead.relay.reservation.CircuitLimit;
import io.fairlead.relay.service.ClassLimits;
import io.fairlead.relay.service.RelayPolicy;
import io.fairlead.relay.service.RelayService;
import io.fairlead.relay.service.RelayServiceSettings;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/**
 * Load on a circuit relay: {@code relay} is one of ours, without bounds; {@code load ADDRESS
 * SCENARIO...} plays both ends of circuits through the relay there. Scenarios: {@code upload=BYTES}
 * over one circuit, {@code plain=BYTES} over one whose ends do not encrypt for each other, so that
 * the relay has most of the work, {@code dials=N} one after the other, {@code circuits=N} at once,
 * with 64 KiB there and back on each. Prints {@code ok SCENARIO FIGURE...}, times in microseconds.
 */
final class RelayLoad {
  private static final String ECHO = "/bench/echo/1";
  private static final String SINK = "/bench/sink/1";
  private static final int ENDS = 50;
  private static final int PAYLOAD = 64 * 1024;
  private static final Duration WITHIN = Duration.ofSeconds(120);

  private final EventLoops loops = EventLoops.create(0, TransportKind.AUTO, "relay-load");
  private final List<Node> targets = new ArrayList<>();
  private final List<Node> sources = new ArrayList<>();
  private final List<Host> sinks = new ArrayList<>();
  private final Multiaddr relay;

  private record Node(Host host, RelayClient client) {}

  private RelayLoad(Multiaddr relay) {
    this.relay = relay;
  }

  public static void main(String[] words) throws Exception {
    if (words[0].equals("relay")) {
      relay();
      return;
    }
    RelayLoad load = new RelayLoad(Multiaddr.parse(words[1]));
    for (String scenario : Arrays.asList(words).subList(2, words.length)) {
      String[] parts = scenario.split("=");
      String figures = load.run(parts[0], Long.parseLong(parts[1]));
      System.out.println("ok " + scenario + " " + figures);
    }
    System.exit(0);
  }

  private static void relay() throws Exception {
    EventLoops loops = EventLoops.create(0, TransportKind.AUTO, "relay");
    PrivateKey key = PrivateKey.generate();
    Host host = Host.start(key, settings("/ip4/127.0.0.1/tcp/0"), loops);
    ClassLimits open =
        new ClassLimits(Duration.ofHours(1), Limit.OFF, CircuitLimit.NONE, Limit.OFF);
    RelayService service =
        new RelayService(
            host,
            key,
            PeerGate.open(),
            RelayPolicy.open(),
            Watch.of(
                RelayServiceSettings.DEFAULTS
                    .in(RelayServiceSettings.Mode.ON)
                    .withLimits(open)
                    .withBounds(Limit.OFF, Limit.OFF, Limit.OFF, Limit.OFF)
                    .withRates(Optional.empty(), Optional.empty())),
            Clock.system(),
            new Meters(new SimpleMeterRegistry()));
    service.start();
    System.out.println("listening " + host.listening().getFirst().withPeer(host.id()));
    System.in.readAllBytes();
    System.exit(0);
  }

  private static HostSettings settings(String... listen) throws Exception {
    Multiaddr[] addresses = new Multiaddr[listen.length];
    for (int i = 0; i < listen.length; i++) addresses[i] = Multiaddr.parse(listen[i]);
    return HostSettings.DEFAULTS.listening(addresses).secured(HostSettings.Security.NOISE);
  }

  private Node node() throws Exception {
    Host host = Host.start(PrivateKey.generate(), settings(), loops);
    RelayClient client =
        new RelayClient(
            host, PeerGate.open(), false, Clock.system(), new Meters(new SimpleMeterRegistry()));
    client.start();
    HandlerOptions options = HandlerOptions.DEFAULTS.allowingLimited();
    host.handle(ECHO, options, (channel, _) -> answer(BlockingStream.of(channel), true));
    host.handle(SINK, options, (channel, _) -> answer(BlockingStream.of(channel), false));
    return new Node(host, client);
  }

  private static void answer(BlockingStream stream, boolean echo) {
    Thread.ofVirtual()
        .start(
            () -> {
              try (stream) {
                byte[] buffer = new byte[PAYLOAD];
                for (int n; (n = stream.in().read(buffer)) > 0; ) {
                  if (echo) stream.out().write(buffer, 0, n);
                }
                if (!echo) stream.out().write(1);
              } catch (IOException gone) {
                stream.reset(0);
              }
            });
  }

  private Node target(int index) throws Exception {
    while (targets.size() <= index) {
      Node node = node();
      get(node.client().reservations().reserve(relay.peerId().orElseThrow(), List.of(relay)));
      targets.add(node);
    }
    return targets.get(index);
  }

  private Node source(int index) throws Exception {
    while (sources.size() <= index) {
      Node node = node();
      get(node.host().connect(relay.peerId().orElseThrow(), List.of(relay)));
      sources.add(node);
    }
    return sources.get(index);
  }

  private Connection dial(Node source, Node target) throws Exception {
    PeerId peer = target.host().id();
    Multiaddr way = Multiaddr.parse(relay + "/p2p-circuit").withPeer(peer);
    return get(source.host().connect(peer, List.of(way)));
  }

  private static BlockingStream open(Node source, PeerId peer, String protocol) throws Exception {
    CompletableFuture<BlockingStream> made = new CompletableFuture<>();
    get(
        source
            .host()
            .newStream(
                peer,
                List.of(protocol),
                OpenOptions.DEFAULTS.allowingLimited(),
                channel -> made.complete(BlockingStream.of(channel))));
    BlockingStream stream = made.join();
    stream.timeout(WITHIN);
    return stream;
  }

  private String run(String scenario, long number) throws Exception {
    return switch (scenario) {
      case "upload" -> upload(number);
      case "plain" -> plain(number);
      case "dials" -> dials(number);
      case "circuits" -> circuits((int) number);
      default -> throw new IllegalArgumentException(scenario);
    };
  }

  private String upload(long bytes) throws Exception {
    Node source = source(0);
    Connection circuit = dial(source, target(0));
    long begun = System.nanoTime();
    try (BlockingStream stream = open(source, circuit.remote(), SINK)) {
      byte[] chunk = new byte[PAYLOAD];
      for (long left = bytes; left > 0; left -= chunk.length) {
        stream.out().write(chunk, 0, (int) Math.min(left, chunk.length));
      }
      stream.closeWrite();
      if (stream.in().read() != 1) throw new IOException("no answer");
    }
    long micros = (System.nanoTime() - begun) / 1000;
    get(circuit.close(0));
    return Long.toString(micros);
  }

  private String plain(long bytes) throws Exception {
    PeerId at = relay.peerId().orElseThrow();
    if (sinks.isEmpty()) {
      Host host = Host.start(PrivateKey.generate(), settings(), loops);
      Meters meters = new Meters(new SimpleMeterRegistry());
      RelayClient client = new RelayClient(host, PeerGate.open(), false, Clock.system(), meters);
      host.handle(
          StopMessage.PROTOCOL,
          HandlerOptions.DEFAULTS,
          (channel, _) -> drain(MessageStream.on(channel, StopMessage.BYTES_MAX)));
      get(client.reservations().reserve(at, List.of(relay)));
      sinks.add(host);
    }
    Host source = source(0).host();
    Connection way = get(source.connect(at, List.of(relay)));
    MessageStream hop =
        get(MessageStream.open(source, way, HopMessage.PROTOCOL, HopMessage.BYTES_MAX, WITHIN));
    PeerMessage target = PeerMessage.of(sinks.getFirst().id().toBytes());
    hop.send(new HopMessage.Connect(target).toBytes());
    Filler filler = new Filler(bytes);
    long begun = System.nanoTime();
    get(
        hop.next(WITHIN)
            .thenAccept(
                answer -> {
                  hop.detach().release();
                  hop.channel().pipeline().addLast(filler);
                  hop.channel().config().setAutoRead(true);
                }));
    get(filler.done);
    long micros = (System.nanoTime() - begun) / 1000;
    hop.reset();
    return Long.toString(micros);
  }

  private static void drain(MessageStream stop) {
    stop.next(WITHIN)
        .thenAccept(
            _ -> {
              stop.send(StopMessage.Status.of(CircuitStatus.OK).toBytes());
              stop.detach().release();
              stop.channel().pipeline().addLast(new Drain());
              stop.channel().config().setAutoRead(true);
            });
  }

  /** Takes whatever comes, and says so at the end. */
  private static final class Drain extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event == ChannelInputShutdownEvent.INSTANCE) {
        ctx.writeAndFlush(Unpooled.wrappedBuffer(new byte[1]));
      }
    }
  }

  /** Writes as fast as it may, and waits for a word at the end. */
  private static final class Filler extends ChannelInboundHandlerAdapter {
    final CompletableFuture<Void> done = new CompletableFuture<>();
    private final ByteBuf chunk = Unpooled.directBuffer(PAYLOAD).writeZero(PAYLOAD);
    private long left;

    Filler(long bytes) {
      left = bytes;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext ctx) {
      fill(ctx);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) fill(ctx);
    }

    private void fill(ChannelHandlerContext ctx) {
      if (left == 0) return;
      while (left > 0 && ctx.channel().isWritable()) {
        int count = (int) Math.min(left, PAYLOAD);
        ctx.write(chunk.retainedSlice(0, count));
        left -= count;
      }
      ctx.flush();
      if (left == 0) ((StreamChannel) ctx.channel()).shutdownOutput();
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ReferenceCountUtil.release(message);
      done.complete(null);
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      done.completeExceptionally(new IOException("cut off"));
    }
  }

  /** The median of dials with the connections to the relay there. */
  private String dials(long count) throws Exception {
    Node source = source(0);
    Node target = target(0);
    long[] micros = new long[(int) count];
    for (int i = 0; i < count; i++) {
      long begun = System.nanoTime();
      Connection circuit = dial(source, target);
      micros[i] = (System.nanoTime() - begun) / 1000;
      get(circuit.close(0));
      while (!target.host().connections(source.host().id()).isEmpty()) Thread.onSpinWait();
    }
    Arrays.sort(micros);
    return micros[micros.length / 2] + " " + micros[micros.length - 1];
  }

  /** Each of 50 sources with as many of 50 targets as it takes. */
  private String circuits(int count) throws Exception {
    source(ENDS - 1);
    target(ENDS - 1);
    List<Connection> circuits = new ArrayList<>();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      long begun = System.nanoTime();
      List<Future<Connection>> dials = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Node source = sources.get(i % ENDS);
        Node target = targets.get((i + i / ENDS) % ENDS);
        dials.add(threads.submit(() -> dial(source, target)));
      }
      for (Future<Connection> dial : dials) circuits.add(dial.get(120, TimeUnit.SECONDS));
      long dialled = System.nanoTime();
      List<Callable<Long>> echoes = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Node source = sources.get(i % ENDS);
        PeerId peer = circuits.get(i).remote();
        echoes.add(() -> echo(source, peer));
      }
      long slowest = 0;
      for (Future<Long> echo : threads.invokeAll(echoes)) slowest = Math.max(slowest, echo.get());
      long done = System.nanoTime();
      for (Connection circuit : circuits) get(circuit.close(0));
      return (dialled - begun) / 1000 + " " + (done - dialled) / 1000 + " " + slowest;
    }
  }

  private static long echo(Node source, PeerId peer) throws Exception {
    long begun = System.nanoTime();
    try (BlockingStream stream = open(source, peer, ECHO)) {
      stream.out().write(new byte[PAYLOAD]);
      stream.closeWrite();
      int count = stream.in().readAllBytes().length;
      if (count != PAYLOAD) throw new IOException("echo: " + count);
    }
    return (System.nanoTime() - begun) / 1000;
  }

  private static <T> T get(CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(WITHIN.toSeconds(), TimeUnit.SECONDS);
  }
}
