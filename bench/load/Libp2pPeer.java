import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.mux.WindowBudget;
import io.fairlead.libp2p.netty.InboundStreams;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.libp2p.netty.UpgradeSettings;
import io.fairlead.libp2p.netty.Upgrader;
import io.fairlead.libp2p.secure.Noise;
import io.fairlead.libp2p.secure.SecureMeters;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;

/**
 * A peer for measurements, with the words of interop/go and interop/js: {@code listen} answers,
 * {@code dial ADDRESS SCENARIO...} asks. Noise and yamux over TCP.
 */
final class Libp2pPeer implements InboundStreams {
  private static final String PERF = "/perf/1.0.0";
  private static final int PARALLEL = 64;
  private static final ByteBuf CHUNK =
      Unpooled.unreleasableBuffer(Unpooled.directBuffer(64 * 1024).writeZero(64 * 1024));

  /** Handshakes under way while many connections are opened. */
  private static final int AT_ONCE = 32;

  private final Transport transport;
  private final ArrayDeque<CompletableFuture<PeerConnection>> dialling = new ArrayDeque<>();

  private Libp2pPeer() {
    Meters meters = new Meters(new SimpleMeterRegistry());
    EventLoops loops = EventLoops.create(0, TransportKind.AUTO, "p2p");
    Noise noise =
        new Noise(PrivateKey.generate(), Executors.newFixedThreadPool(2), new SecureMeters(meters));
    Upgrader upgrader =
        new Upgrader(
            List.of(noise),
            UpgradeSettings.DEFAULTS,
            new WindowBudget(WindowBudget.defaultLimit()),
            this,
            Clock.system(),
            meters);
    transport = new Transport(loops, upgrader, Transport.WebSocketTls.NONE);
  }

  public static void main(String[] words) throws Exception {
    Libp2pPeer peer = new Libp2pPeer();
    if (words[0].equals("listen")) {
      Transport.Listening at =
          peer.transport
              .listen(Multiaddr.parse("/ip4/127.0.0.1/tcp/0"), _ -> true, _ -> {})
              .toCompletableFuture()
              .get();
      System.out.println("listening " + at.address());
      while (System.in.read() >= 0) {
        // until whoever started us goes
      }
    } else {
      Multiaddr address = Multiaddr.parse(words[1]).withoutPeer().orElseThrow();
      PeerConnection connection = peer.dial(address);
      for (int i = 2; i < words.length; i++) {
        String[] scenario = words[i].split("=", 2);
        long started = System.nanoTime();
        peer.run(connection, address, scenario[0], Long.parseLong(scenario[1]));
        long micros = (System.nanoTime() - started) / 1000;
        System.out.println(String.format(Locale.ROOT, "ok %s - %d", words[i], micros));
      }
    }
    System.exit(0);
  }

  private PeerConnection dial(Multiaddr address) throws Exception {
    return dialled(address).get();
  }

  private CompletableFuture<PeerConnection> dialled(Multiaddr address) {
    return transport
        .dial(address, null, Duration.ofSeconds(30), Optional.empty())
        .toCompletableFuture();
  }

  private void run(PeerConnection to, Multiaddr address, String scenario, long number)
      throws Exception {
    List<CompletableFuture<Long>> all = new ArrayList<>();
    switch (scenario) {
      case "upload" -> all.add(transfer(to, number, 0));
      case "download" -> all.add(transfer(to, 0, number));
      case "parallel" -> {
        for (int i = 0; i < PARALLEL; i++) all.add(transfer(to, number / PARALLEL, 0));
      }
      case "connections" -> {
        for (long i = 0; i < number; i++) dial(address).close(0);
      }
      case "idle" -> {
        for (long i = 0; i < number; i++) {
          if (dialling.size() == AT_ONCE) dialling.remove().get();
          dialling.add(dialled(address));
        }
        for (CompletableFuture<PeerConnection> each : dialling) each.get();
        dialling.clear();
      }
      case "stay" -> System.in.read();
      default -> throw new IllegalArgumentException(scenario);
    }
    for (CompletableFuture<Long> each : all) each.get();
  }

  private static CompletableFuture<Long> transfer(PeerConnection to, long up, long down) {
    CompletableFuture<Long> done = new CompletableFuture<>();
    to.open(
        List.of(PERF),
        stream -> {
          stream.pipeline().addLast(new Asking(up, down, done));
        });
    return done;
  }

  @Override
  public boolean speaks(PeerConnection connection, String protocol) {
    return protocol.equals(PERF);
  }

  @Override
  public void opened(StreamChannel stream) {
    stream.pipeline().addLast(new Answering());
  }

  /** Writes zeros while it may, then ends its direction. */
  private abstract static class Writing extends ChannelInboundHandlerAdapter {
    long toWrite = -1;

    void pump(ChannelHandlerContext ctx) {
      if (toWrite < 0) return;
      while (toWrite > 0 && ctx.channel().isWritable()) {
        int count = (int) Math.min(toWrite, CHUNK.readableBytes());
        ctx.write(CHUNK.slice(0, count));
        toWrite -= count;
        if (!ctx.channel().isWritable()) ctx.flush();
      }
      ctx.flush();
      if (toWrite > 0) return;
      toWrite = -1;
      ((StreamChannel) ctx.channel()).shutdownOutput();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      pump(ctx);
    }
  }

  private static final class Asking extends Writing {
    private final long up;
    private final long down;
    private final CompletableFuture<Long> done;
    private long received;

    Asking(long up, long down, CompletableFuture<Long> done) {
      this.up = up;
      this.down = down;
      this.done = done;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      ctx.write(ctx.alloc().buffer(8).writeLong(down));
      toWrite = up;
      pump(ctx);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      received += ((ByteBuf) message).readableBytes();
      ((ByteBuf) message).release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event != ChannelInputShutdownEvent.INSTANCE) return;
      if (received == down) done.complete(received);
      else done.completeExceptionally(new AssertionError(received + " bytes"));
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      done.completeExceptionally(new AssertionError("stream gone"));
    }
  }

  private static final class Answering extends Writing {
    private long head;
    private int headBytes;

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf data = (ByteBuf) message;
      for (; headBytes < 8 && data.isReadable(); headBytes++)
        head = head << 8 | data.readUnsignedByte();
      data.release();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (event != ChannelInputShutdownEvent.INSTANCE) return;
      toWrite = head;
      pump(ctx);
    }
  }
}
