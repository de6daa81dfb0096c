package io.fairlead.bench;

import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.CustomConnector;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.FrameSink;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.FrameFault;
import io.fairlead.pubsub.codec.FrameReader;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What one log notification of 872 bytes costs from WebSocket frame to subscription queue and out
 * of it again, on one event loop; no socket.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class ChainRouting {
  private static final int BATCH = 1000;
  private static final int READ_BYTES = 64 * 1024;
  private static final int ITEM_BYTES = 872;
  private static final int FRAME_HEAD = 4;

  /** Subscriptions of the service; one of them gets the items. */
  @Param({"1", "1000"})
  int subscriptions;

  private final EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "bench");
  private final Line line = new Line();
  private final FrameReader frames =
      new FrameReader(PooledByteBufAllocator.DEFAULT, 1 << 24, 1 << 25);
  private final ByteBuf batch =
      PooledByteBufAllocator.DEFAULT.directBuffer(BATCH * (ITEM_BYTES + FRAME_HEAD));
  private @Nullable PubSubFrontend frontend;
  private @Nullable RawSubscription items;

  /** A transport that answers at once and otherwise hands on what the benchmark feeds it. */
  private static final class Line implements CustomConnector, ConnectionHandle {
    private final CompletableFuture<TerminalCause> terminated = new CompletableFuture<>();
    private @Nullable FrameSink sink;
    private int next = 1;

    @Override
    public CompletionStage<ConnectionHandle> connect() {
      return CompletableFuture.completedFuture(this);
    }

    @Override
    public void send(ByteBuf utf8) {
      String text = utf8.toString(StandardCharsets.UTF_8);
      utf8.release();
      String id = text.replaceAll("(?s).*\"id\":(\\d+).*", "$1");
      String answer = "{\"id\":" + id + ",\"result\":\"0x" + Integer.toHexString(next++) + "\"}";
      hand(Unpooled.wrappedBuffer(answer.getBytes(StandardCharsets.UTF_8)));
    }

    void hand(ByteBuf message) {
      FrameSink to = sink;
      if (to != null) to.frame(message);
    }

    @Override
    public void onFrame(FrameSink to) {
      sink = to;
    }

    @Override
    public CompletionStage<TerminalCause> terminated() {
      return terminated;
    }

    @Override
    public void close() {
      terminated.complete(TerminalCause.of(TerminalCause.Kind.CLOSED, ""));
    }
  }

  @Setup
  public void open() throws InterruptedException {
    PubSubFrontend opened =
        PubSub.builder()
            .connector(line)
            .loops(loops)
            .identity(ChainIdentity.UNASKED)
            .settings(ServiceSettings.DEFAULT.heads(false))
            .connect();
    frontend = opened;
    for (int i = 0; i < subscriptions; i++)
      items =
          opened
              .subscribe(
                  SubscribeRequest.custom(
                      "x_subscribe", "x_unsubscribe", List.of(i), Decoders.slice()))
              .raw();
    for (int i = 0; i < BATCH; i++) frame(item("0x" + Integer.toHexString(subscriptions)));
  }

  private void frame(String text) {
    batch.writeByte(0x81).writeByte(126).writeShort(text.length());
    batch.writeCharSequence(text, StandardCharsets.US_ASCII);
  }

  private static String item(String subscription) {
    String head =
        "{\"jsonrpc\":\"2.0\",\"method\":\"eth_subscription\",\"params\":{\"subscription\":\""
            + subscription
            + "\",\"result\":{\"address\":\"0x5fbdb2315678afecb367f032d93f642f64180aa3\",\"topics\":[\"0x"
            + "a".repeat(64)
            + "\"],\"blockHash\":\"0x"
            + "b".repeat(64)
            + "\",\"blockNumber\":\"0x12d687\",\"transactionHash\":\"0x"
            + "c".repeat(64)
            + "\",\"transactionIndex\":\"0x0\",\"logIndex\":\"0x0\",\"removed\":false,\"data\":\"0x";
    String tail = "\"}}}";
    return head + "d".repeat(ITEM_BYTES - head.length() - tail.length()) + tail;
  }

  @Benchmark
  @OperationsPerInvocation(BATCH)
  public int route() throws Exception {
    return loops.next().submit(this::once).get();
  }

  private int once() {
    batch.readerIndex(0);
    while (batch.isReadable()) {
      // As reads bring them: many frames, and one that is cut.
      int count = Math.min(READ_BYTES, batch.readableBytes());
      FrameFault fault = frames.feed(batch.readSlice(count), sink);
      if (fault != null) throw new IllegalStateException("frames: " + fault);
    }
    RawSubscription from = items;
    int taken = 0;
    while (from != null && from.tryRecv().isPresent()) taken++;
    if (taken != BATCH)
      throw new IllegalStateException("items: " + taken + " (expected: " + BATCH + ")");
    return taken;
  }

  private final FrameReader.Sink sink =
      new FrameReader.Sink() {
        @Override
        public void message(ByteBuf payload) {
          line.hand(payload);
        }

        @Override
        public void ping(ByteBuf payload) {}

        @Override
        public void pong() {}

        @Override
        public void closing(int code, String reason) {}
      };

  @TearDown
  public void close() {
    PubSubFrontend opened = frontend;
    if (opened != null) opened.close();
    frames.close();
    batch.release();
    loops.close();
  }
}
