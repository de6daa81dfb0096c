package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.libp2p.netty.StreamChannel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A {@link Host} for code that waits, such as on virtual threads. What fails is an {@link
 * IOException} whose cause is that of the host. Never to be used on an event loop.
 */
public final class BlockingHost {
  private static final Logger log = LoggerFactory.getLogger(BlockingHost.class);

  private final Host host;

  BlockingHost(Host host) {
    this.host = host;
  }

  /** Answers each stream of a peer on a virtual thread of its own; the stream is closed behind. */
  @FunctionalInterface
  public interface Answer {
    void answer(BlockingStream stream) throws IOException;
  }

  /** Connects to an address that ends with its peer: {@code /ip4/…/tcp/…/p2p/…}. */
  public PeerId connect(String address) throws IOException {
    try {
      Multiaddr parsed = Multiaddr.parse(address);
      PeerId peer =
          parsed.peerId().orElseThrow(() -> new MalformedException("address: names no peer"));
      await(host.connect(peer, List.of(parsed)));
      return peer;
    } catch (MalformedException malformed) {
      throw new IOException(malformed.getMessage(), malformed);
    }
  }

  /** Opens a stream with the first of some protocols that the peer speaks. */
  public BlockingStream open(PeerId peer, String... protocols) throws IOException {
    CompletableFuture<BlockingStream> opened = new CompletableFuture<>();
    CompletionStage<StreamChannel> stream =
        host.newStream(
            peer,
            List.of(protocols),
            OpenOptions.DEFAULTS,
            channel -> opened.complete(BlockingStream.of(channel)));
    await(stream);
    return opened.join();
  }

  /** Answers a protocol. */
  public void handle(String protocol, Answer answer) {
    host.handle(
        protocol,
        HandlerOptions.DEFAULTS,
        (channel, _) ->
            channel.pipeline().addLast(new Starter(answer, BlockingStream.of(channel))));
  }

  /** A stream can be used from when it is active. */
  private static final class Starter extends ChannelInboundHandlerAdapter {
    private final Answer answer;
    private final BlockingStream stream;

    Starter(Answer answer, BlockingStream stream) {
      this.answer = answer;
      this.stream = stream;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      Thread.ofVirtual().name("libp2p-stream").start(() -> run(answer, stream));
      ctx.fireChannelActive();
    }
  }

  private static void run(Answer answer, BlockingStream stream) {
    try (stream) {
      answer.answer(stream);
    } catch (IOException failure) {
      log.atDebug()
          .addKeyValue("protocol", stream.channel().protocol())
          .addKeyValue("reason", failure.getMessage())
          .log("stream failed");
    }
  }

  /** Measures the way to a peer and back. */
  public Duration ping(PeerId peer) throws IOException {
    return await(host.ping(peer));
  }

  private static <T> T await(CompletionStage<T> stage) throws IOException {
    CompletableFuture<T> future = stage.toCompletableFuture();
    try {
      return future.get();
    } catch (InterruptedException interrupted) {
      future.cancel(false);
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("libp2p");
    } catch (ExecutionException failure) {
      Throwable cause = failure.getCause() == null ? failure : failure.getCause();
      throw new IOException(cause.getMessage(), cause);
    }
  }
}
