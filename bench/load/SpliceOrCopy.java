import io.netty.bootstrap.Bootstrap;
import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * What a relay of one event loop costs when bytes pass through it, and when the kernel moves them
 * (splice): CPU seconds of the loop's thread, user and system. SpliceOrCopy ROUNDS MIB CALLS.
 */
final class SpliceOrCopy {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final InetAddress HERE = InetAddress.getLoopbackAddress();

  public static void main(String[] args) throws Exception {
    int rounds = Integer.parseInt(args[0]);
    int mebi = Integer.parseInt(args[1]);
    int calls = Integer.parseInt(args[2]);
    bulk(false, mebi / 2, 1);
    bulk(true, mebi / 2, 1);
    calls(false, calls / 2);
    calls(true, calls / 2);
    for (String load : List.of("bulk, 1 flow", "bulk, 8 flows", "calls of 1 KiB")) {
      double[][] cpu = new double[2][rounds];
      for (int round = 0; round < rounds; round++) {
        for (int turn = 0; turn < 2; turn++) {
          boolean splice = (round + turn) % 2 == 1;
          long begun = System.nanoTime();
          double seconds =
              switch (load) {
                case "bulk, 1 flow" -> bulk(splice, mebi, 1) * 1024 / mebi;
                case "bulk, 8 flows" -> bulk(splice, mebi / 8, 8) * 1024 / (mebi / 8 * 8);
                default -> calls(splice, calls) * 100_000 / calls;
              };
          cpu[splice ? 1 : 0][round] = seconds;
          System.out.printf(
              Locale.ROOT,
              "%-15s round %d %-6s %6.3f CPU s  in %5.2f s%n",
              load,
              round + 1,
              splice ? "splice" : "copy",
              seconds,
              (System.nanoTime() - begun) / 1e9);
        }
      }
      System.out.printf(
          Locale.ROOT,
          "%-15s medians: copy %.3f, splice %.3f CPU s per %s%n",
          load,
          median(cpu[0]),
          median(cpu[1]),
          load.startsWith("bulk") ? "GiB" : "100 000 calls");
    }
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  /** Bytes from a client to a server; the loop's CPU seconds in all. */
  private static double bulk(boolean splice, int mebi, int flows) throws Exception {
    try (ServerSocket sink = new ServerSocket(0, 64, HERE);
        Relay relay = new Relay(splice, sink.getLocalPort())) {
      double before = relay.cpuSeconds();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < flows; i++) {
        threads.add(Thread.ofPlatform().start(() -> send(relay.port, mebi)));
        Socket socket = sink.accept();
        threads.add(Thread.ofPlatform().start(() -> swallow(socket, (long) mebi << 20)));
      }
      for (Thread thread : threads) thread.join();
      return relay.cpuSeconds() - before;
    }
  }

  private static void send(int port, int mebi) {
    try (Socket socket = new Socket(HERE, port)) {
      OutputStream out = socket.getOutputStream();
      byte[] block = new byte[1 << 20];
      for (int i = 0; i < mebi; i++) out.write(block);
      socket.getInputStream().read();
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static void swallow(Socket socket, long expected) {
    try (socket) {
      InputStream in = socket.getInputStream();
      byte[] block = new byte[1 << 20];
      long seen = 0;
      while (seen < expected) {
        int count = in.read(block);
        if (count < 0) throw new IllegalStateException("only " + seen + " bytes");
        seen += count;
      }
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  /** 1 KiB there and back on 16 connections; the loop's CPU seconds in all. */
  private static double calls(boolean splice, int calls) throws Exception {
    int connections = 16;
    try (ServerSocket server = new ServerSocket(0, 64, HERE);
        Relay relay = new Relay(splice, server.getLocalPort())) {
      double before = relay.cpuSeconds();
      List<Thread> threads = new ArrayList<>();
      for (int i = 0; i < connections; i++) {
        threads.add(Thread.ofPlatform().start(() -> ask(relay.port, calls / connections)));
        Socket socket = server.accept();
        threads.add(Thread.ofPlatform().start(() -> echo(socket)));
      }
      for (Thread thread : threads) thread.join();
      return relay.cpuSeconds() - before;
    }
  }

  private static void ask(int port, int calls) {
    try (Socket socket = new Socket(HERE, port)) {
      socket.setTcpNoDelay(true);
      byte[] block = new byte[1024];
      for (int i = 0; i < calls; i++) {
        socket.getOutputStream().write(block);
        if (socket.getInputStream().readNBytes(block, 0, block.length) < block.length) {
          throw new IllegalStateException("ended");
        }
      }
    } catch (Exception failure) {
      throw new IllegalStateException(failure);
    }
  }

  private static void echo(Socket socket) {
    try (socket) {
      socket.setTcpNoDelay(true);
      socket.getInputStream().transferTo(socket.getOutputStream());
    } catch (Exception ended) {
      // the relay's end
    }
  }

  /** Joins each connection with one to a port of this machine. */
  private static final class Relay implements AutoCloseable {
    private final MultiThreadIoEventLoopGroup loops =
        new MultiThreadIoEventLoopGroup(1, EpollIoHandler.newFactory());
    private final boolean splice;
    private final int target;
    private final long thread;
    final int port;

    Relay(boolean splice, int target) throws Exception {
      this.splice = splice;
      this.target = target;
      thread = loops.submit(() -> Thread.currentThread().threadId()).get();
      Channel listener =
          new ServerBootstrap()
              .group(loops)
              .channel(EpollServerSocketChannel.class)
              .childOption(ChannelOption.AUTO_READ, false)
              .childHandler(
                  new ChannelInitializer<EpollSocketChannel>() {
                    @Override
                    protected void initChannel(EpollSocketChannel client) {
                      dial(client);
                    }
                  })
              .bind(HERE, 0)
              .sync()
              .channel();
      port = ((InetSocketAddress) listener.localAddress()).getPort();
    }

    double cpuSeconds() {
      return THREADS.getThreadCpuTime(thread) / 1e9;
    }

    private void dial(EpollSocketChannel client) {
      new Bootstrap()
          .group(client.eventLoop())
          .channel(EpollSocketChannel.class)
          .option(ChannelOption.AUTO_READ, false)
          .handler(new ChannelInboundHandlerAdapter())
          .connect(HERE, target)
          .addListener(
              (ChannelFuture dialled) -> {
                EpollSocketChannel server = (EpollSocketChannel) dialled.channel();
                join(client, server);
                join(server, client);
              });
    }

    private void join(EpollSocketChannel from, EpollSocketChannel to) {
      from.config().setTcpNoDelay(true);
      if (splice) {
        from.pipeline().addLast(new EndsBoth(to));
        spliced(from, to);
        from.config().setAutoRead(true);
        return;
      }
      // As our relays are set up: one buffer of up to 512 KiB for each read, water marks the same.
      from.config().setAllocator(PooledByteBufAllocator.DEFAULT);
      from.config()
          .setRecvByteBufAllocator(new AdaptiveRecvByteBufAllocator(2048, 65_536, 512 * 1024));
      from.config().setWriteBufferWaterMark(new WriteBufferWaterMark(256 * 1024, 512 * 1024));
      from.pipeline().addLast(new Copies(to));
      from.config().setAutoRead(true);
    }

    /** The length of a call is an int, so it is armed again and again. */
    @SuppressWarnings("deprecation") // Netty has no other way to it
    private static void spliced(EpollSocketChannel from, EpollSocketChannel to) {
      from.spliceTo(to, Integer.MAX_VALUE)
          .addListener(
              done -> {
                if (done.isSuccess()) spliced(from, to);
                else to.close();
              });
    }

    @Override
    public void close() {
      loops.shutdownGracefully(0, 1, java.util.concurrent.TimeUnit.SECONDS).syncUninterruptibly();
    }
  }

  private static class EndsBoth extends ChannelInboundHandlerAdapter {
    final Channel other;

    EndsBoth(Channel other) {
      this.other = other;
    }

    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      other.close();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      ctx.close();
    }
  }

  private static final class Copies extends EndsBoth {
    Copies(Channel to) {
      super(to);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object bytes) {
      other.write(bytes, other.voidPromise());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      other.flush();
      if (!other.isWritable()) ctx.channel().config().setAutoRead(false);
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (ctx.channel().isWritable()) other.config().setAutoRead(true);
    }
  }
}
