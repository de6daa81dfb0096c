package io.fairlead.pubsub;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A transport without a network: what is sent goes to a peer in the same process. For tests and
 * emulators, and an example of a {@link CustomConnector}.
 */
public final class InMemoryConnector implements CustomConnector {
  /** The other side of one connection. */
  public interface Peer {
    /** Takes one message. Called by the service's thread. */
    void message(String json);

    /** The service closed the connection. */
    default void closed() {}
  }

  /** The way back to the service; thread-safe. */
  public static final class Line implements ConnectionHandle {
    private final CompletableFuture<TerminalCause> terminated = new CompletableFuture<>();
    private final Queue<String> early = new ArrayDeque<>(); // guarded by this line's monitor
    private @Nullable FrameSink sink; // guarded by this line's monitor
    private volatile @Nullable Peer peer;
    private volatile long received;

    /** Tells the service something. What comes before it listens waits. */
    public synchronized void tell(String json) {
      FrameSink to = sink;
      if (terminated.isDone()) return;
      if (to == null) early.add(json);
      else hand(to, json);
    }

    /** Ends the connection from the other side. */
    public void end(TerminalCause cause) {
      terminated.complete(cause);
    }

    private void hand(FrameSink to, String json) {
      ByteBuf utf8 = Unpooled.wrappedBuffer(json.getBytes(StandardCharsets.UTF_8));
      received += utf8.readableBytes();
      try {
        to.frame(utf8);
      } finally {
        utf8.release();
      }
    }

    @Override
    public void send(ByteBuf utf8) {
      String json = utf8.toString(StandardCharsets.UTF_8);
      utf8.release();
      Peer to = peer;
      if (to != null && !terminated.isDone()) to.message(json);
    }

    @Override
    public synchronized void onFrame(FrameSink next) {
      sink = next;
      for (String json = early.poll(); json != null; json = early.poll()) hand(next, json);
    }

    @Override
    public CompletionStage<TerminalCause> terminated() {
      return terminated;
    }

    @Override
    public long receivedBytes() {
      return received;
    }

    @Override
    public void close() {
      if (!terminated.complete(TerminalCause.of(TerminalCause.Kind.CLOSED, ""))) return;
      Peer to = peer;
      if (to != null) to.closed();
    }
  }

  private final String alias;
  private final Function<Line, Peer> accept;

  /**
   * @param accept gets the way back, and gives who takes messages; may throw a {@link
   *     PubSubException} to refuse the connection
   */
  public InMemoryConnector(String alias, Function<Line, Peer> accept) {
    this.alias = alias;
    this.accept = accept;
  }

  @Override
  public boolean isLocal() {
    return true;
  }

  @Override
  public CompletionStage<ConnectionHandle> connect() {
    Line line = new Line();
    try {
      line.peer = accept.apply(line);
    } catch (PubSubException refused) {
      return CompletableFuture.failedFuture(refused);
    }
    return CompletableFuture.completedFuture(line);
  }

  @Override
  public String alias() {
    return alias;
  }

  @Override
  public String toString() {
    return "memory:" + alias;
  }
}
