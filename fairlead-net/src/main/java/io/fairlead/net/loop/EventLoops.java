package io.fairlead.net.loop;

import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Timers;
import io.micrometer.core.instrument.Timer;
import io.netty.buffer.PooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFactory;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.ServerChannel;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.unix.DomainSocketAddress;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.net.SocketAddress;
import java.net.UnixDomainSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * A group of event loops and the channel classes that run on them. The threads start with the first
 * task of each loop; {@link #close} ends them with every channel still open. Thread-safe.
 */
public final class EventLoops implements Service {
  private static final Duration PROBE_EVERY = Duration.ofMillis(100);
  private static final long CLOSE_SECONDS_MAX = 5;

  private final Transport transport;
  private final MultiThreadIoEventLoopGroup group;
  private final int threads;
  private final Clock clock;
  private final RelayBuffers buffers;
  private final Descriptors descriptors = Descriptors.ofThisProcess();
  private final Map<EventLoop, LoopDelay> delays = new ConcurrentHashMap<>();
  private volatile long delayMaxNanos = Long.MAX_VALUE;

  private EventLoops(
      Transport transport, MultiThreadIoEventLoopGroup group, int threads, Clock clock) {
    this.transport = transport;
    this.group = group;
    this.threads = threads;
    this.clock = clock;
    this.buffers = new RelayBuffers(RelayBuffers.defaultBudget());
  }

  /**
   * Makes a group on the machine's clock.
   *
   * @param threads loops to run; 0 means one per core
   * @param kind what was asked for; {@link #transport} tells what was got
   * @param threadName prefix of the thread names
   */
  public static EventLoops create(int threads, TransportKind kind, String threadName) {
    return create(threads, kind, threadName, Clock.system());
  }

  /** Makes a group whose delay probes read {@code clock}. */
  public static EventLoops create(int threads, TransportKind kind, String threadName, Clock clock) {
    if (threads < 0)
      throw new IllegalArgumentException("threads: " + threads + " (expected: >= 0)");
    int count = threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    Transport transport = Transport.choose(kind);
    MultiThreadIoEventLoopGroup group =
        new MultiThreadIoEventLoopGroup(
            count, new DefaultThreadFactory(threadName), transport.handlers());
    return new EventLoops(transport, group, count, clock);
  }

  /**
   * Declares {@code fairlead_event_loop_delay_seconds}, fed by a probe on each loop, and the meters
   * of the relay buffers; from here on {@link #delay} knows the loops. Call once.
   */
  public void observe(Meters meters) {
    Timer delay =
        meters.timer("event.loop.delay", "How late event loops run what is due, by probes.");
    for (EventLoop loop : loops()) {
      long nowNanos = clock.nanos();
      LoopDelay judged = new LoopDelay(nowNanos);
      delays.put(loop, judged);
      probe(loop, judged, delay, nowNanos);
    }
    buffers.observe(meters);
    descriptors.observe(meters);
  }

  @Override
  public String name() {
    return "loops";
  }

  @Override
  public void start() {}

  /** Nothing to wait for: the work on the loops belongs to services drained before. */
  @Override
  public void drain(Deadline deadline) {}

  /** Ends the loops, closing what is still open on them; waits at most some seconds. */
  @Override
  public void close() {
    var _ = group.shutdownGracefully(0, CLOSE_SECONDS_MAX, TimeUnit.SECONDS);
    if (loops().stream().anyMatch(EventLoop::inEventLoop)) return; // would wait for itself
    try {
      group.awaitTermination(CLOSE_SECONDS_MAX + 1, TimeUnit.SECONDS);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
  }

  public EventLoopGroup group() {
    return group;
  }

  /** The next loop in turn. */
  public EventLoop next() {
    return group.next();
  }

  /** Every loop, in a fixed order. */
  public List<EventLoop> loops() {
    List<EventLoop> loops = new ArrayList<>(threads);
    for (EventExecutor executor : group) loops.add((EventLoop) executor);
    return loops;
  }

  /** How many loops run. */
  public int threads() {
    return threads;
  }

  /** The transport in use, never {@link TransportKind#AUTO}. */
  public TransportKind transport() {
    return transport.kind();
  }

  /** Whether bound sockets can be given to another process and taken from one. */
  public boolean passesDescriptors() {
    return transport.kind() == TransportKind.EPOLL;
  }

  /** What every channel of these loops allocates from. */
  public PooledByteBufAllocator allocator() {
    return PooledByteBufAllocator.DEFAULT;
  }

  /** Receive sizing shared by every channel of these loops. */
  public RelayBuffers buffers() {
    return buffers;
  }

  /** Sockets of traffic, accepted and dialled. */
  public Descriptors descriptors() {
    return descriptors;
  }

  /** Sets how late a loop may run before it is {@link LoopDelay#late}. Any thread. */
  public void delayMax(Duration max) {
    delayMaxNanos = max.toNanos();
  }

  /** How late that loop is; {@link LoopDelay#NEVER} for a loop that is not probed. */
  public LoopDelay delay(EventLoop loop) {
    return delays.getOrDefault(loop, LoopDelay.NEVER);
  }

  public Clock clock() {
    return clock;
  }

  /** Timers that call back on {@code loop}. */
  public Timers timers(EventLoop loop) {
    return new LoopTimers(loop);
  }

  /** Makes listening channels for {@code address}: TCP, or a Unix socket. */
  public ChannelFactory<? extends ServerChannel> serverChannels(SocketAddress address) {
    return isUnix(address) ? transport.unixServers() : transport.tcpServers();
  }

  /** Makes outgoing stream channels to {@code address}: TCP, or a Unix socket. */
  public ChannelFactory<? extends Channel> clientChannels(SocketAddress address) {
    return isUnix(address) ? transport.unix() : transport.tcp();
  }

  /** Makes outgoing TCP channels. */
  public ChannelFactory<? extends SocketChannel> socketChannels() {
    return transport.tcp();
  }

  public ChannelFactory<? extends DatagramChannel> datagramChannels() {
    return transport.udp();
  }

  /** The address of a Unix socket as this transport wants it. */
  public SocketAddress unixAddress(String path) {
    return transport.unixAddress(path);
  }

  private static boolean isUnix(SocketAddress address) {
    return address instanceof DomainSocketAddress || address instanceof UnixDomainSocketAddress;
  }

  private void probe(EventLoop loop, LoopDelay judged, Timer delay, long plannedNanos) {
    if (loop.isShuttingDown()) return;
    long dueNanos = plannedNanos + PROBE_EVERY.toNanos();
    var _ = // ends with its loop
        loop.schedule(
            () -> {
              long nowNanos = clock.nanos();
              long lateNanos = Math.max(0, nowNanos - dueNanos);
              delay.record(lateNanos, TimeUnit.NANOSECONDS);
              judged.probed(nowNanos, lateNanos, delayMaxNanos);
              probe(loop, judged, delay, nowNanos);
            },
            PROBE_EVERY.toNanos(),
            TimeUnit.NANOSECONDS);
  }
}
