package io.fairlead.proxy.udp;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.DialOptions;
import io.fairlead.proxy.Egress;
import io.fairlead.proxy.codec.SocksDatagram;
import io.fairlead.proxy.udp.Remotes.Standing;
import io.fairlead.proxy.udp.UdpMeters.Drop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.EventLoop;
import io.netty.channel.socket.DatagramPacket;
import io.netty.util.concurrent.Future;
import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One client's relay of datagrams (RFC 1928 §7): a socket towards the client, and one for each
 * address family towards everybody else, so that the client has one outer address whomever it talks
 * to (RFC 4787 §4.1). Confined to the event loop of the TCP connection it belongs to.
 */
public final class Association {
  /** How long a decision about a destination holds; resolvers remember names by themselves. */
  private static final long DECISION_NANOS = TimeUnit.SECONDS.toNanos(10);

  private static final int QUIET_TICKS_MAX = 4;

  /** What the association is for and what it asks. */
  public interface Owner {
    /**
     * What a datagram to there is decided by, now: the same object for as long as the rules are the
     * same.
     */
    Ruling ruling();

    /** Bytes of the client's datagrams, without headers. */
    void received(int bytes);

    /** Bytes of answers, without headers. */
    void sent(int bytes);

    /** It ended by itself. */
    void ended(String reason);
  }

  /** Decides on destinations of datagrams, under one set of rules. */
  public interface Ruling {
    /** Identity of the rules: decisions under others do not hold any more. */
    Object rules();

    /** Asked about each new destination: name, then addresses. */
    DestinationGuard guard();

    /** Whether datagrams to there may go straight. */
    boolean straight(Destination.HostPort to, Optional<InetAddress> address);

    /** The tunnel agent that sends datagrams to there; empty: none does. */
    default Optional<Egress.Exits.Through> agent(Destination.HostPort to) {
      return Optional.empty();
    }
  }

  private final UdpConfig config;
  private final Egress egress;
  private final DialOptions options;
  private final UdpMeters meters;
  private final EventLoop loop;
  private final Owner owner;
  private final InetAddress client;
  private final Optional<InetAddress> expectedAddress;
  private final int expectedPort;
  private final Remotes remotes;
  private final WaitingDatagrams waiting;
  private final ExitFlows exits;
  private @Nullable Channel near;
  private @Nullable CompletableFuture<Channel> far4;
  private @Nullable CompletableFuture<Channel> far6;
  private @Nullable InetSocketAddress clientEndpoint;
  private @Nullable Future<?> tick;
  private long activity;
  private long lastActivity;
  private int quietTicks;
  private int lookups; // under way
  private boolean over;

  /**
   * Makes one; {@link #open} follows.
   *
   * @param options of the sockets towards others
   * @param client the only address datagrams are taken from
   * @param expectedAddress where the client said it would send from
   * @param expectedPort the same, 0 when it did not say: the first datagram then tells
   */
  public Association(
      UdpConfig config,
      Egress egress,
      DialOptions options,
      UdpMeters meters,
      EventLoop loop,
      Owner owner,
      Client client) {
    this.config = config;
    this.egress = egress;
    this.options = options;
    this.meters = meters;
    this.loop = loop;
    this.owner = owner;
    this.client = client.address();
    this.expectedAddress = client.saidAddress();
    this.expectedPort = client.saidPort();
    this.remotes = new Remotes(config.remotesMax(), meters::forgotten);
    this.exits = new ExitFlows(egress.exits(), loop, config.remotesMax(), meters, this::fromAgent);
    this.waiting = new WaitingDatagrams(config.queueMax(), () -> meters.dropped(Drop.QUEUE_FULL));
  }

  /**
   * Who may send.
   *
   * @param address of the TCP connection
   * @param saidAddress where it said it would send from
   * @param saidPort the same, 0 when it did not say
   */
  public record Client(InetAddress address, Optional<InetAddress> saidAddress, int saidPort) {}

  /**
   * Binds the socket towards the client.
   *
   * @param local the address the client's connection arrived on
   * @param random chooses where in {@code ports} to begin
   * @return where the client may send to; delivered on the loop
   */
  public CompletableFuture<InetSocketAddress> open(InetAddress local, int random) {
    CompletableFuture<InetSocketAddress> opened = new CompletableFuture<>();
    if (config.ports().isEmpty()) {
      bind(local, 0, 0, 0, opened);
    } else {
      int first = config.ports().get().first();
      int count = config.ports().get().last() - first + 1;
      bind(local, first, Math.floorMod(random, count), count, opened);
    }
    return opened;
  }

  private void bind(
      InetAddress local,
      int firstPort,
      int offset,
      int left,
      CompletableFuture<InetSocketAddress> opened) {
    int count = config.ports().map(range -> range.last() - range.first() + 1).orElse(1);
    int port = firstPort == 0 ? 0 : firstPort + offset;
    var _ =
        egress
            .datagrams()
            .bind(loop, new InetSocketAddress(local, port), DialOptions.NONE, new Near())
            .whenComplete(
                (channel, failure) -> {
                  if (channel == null) {
                    if (left > 1 && !over) {
                      bind(local, firstPort, (offset + 1) % count, left - 1, opened);
                    } else {
                      opened.completeExceptionally(failure);
                    }
                    return;
                  }
                  if (over) {
                    channel.close();
                    return;
                  }
                  near = channel;
                  meters.opened();
                  startTicking();
                  int boundPort = ((InetSocketAddress) channel.localAddress()).getPort();
                  opened.complete(
                      new InetSocketAddress(config.advertise().orElse(local), boundPort));
                });
  }

  /** Ends it; again does nothing. */
  public void close() {
    if (over) return;
    over = true;
    if (tick != null) tick.cancel(false);
    waiting.close();
    exits.close();
    if (near != null) {
      near.close();
      meters.closed();
    }
    closeFar(far4);
    closeFar(far6);
  }

  private static void closeFar(@Nullable CompletableFuture<Channel> far) {
    if (far == null) return;
    var _ = far.thenAccept(channel -> channel.close());
  }

  // A quarter of the limit per tick, and nothing is measured per datagram.
  private void startTicking() {
    long everyNanos = Math.max(1, config.idle().toNanos() / QUIET_TICKS_MAX);
    tick = loop.scheduleAtFixedRate(this::tick, everyNanos, everyNanos, TimeUnit.NANOSECONDS);
  }

  private void tick() {
    if (activity != lastActivity) {
      lastActivity = activity;
      quietTicks = 0;
    } else if (++quietTicks >= QUIET_TICKS_MAX) {
      if (!over) meters.idle();
      end("idle_timeout");
    }
  }

  private void end(String reason) {
    if (over) return;
    close();
    owner.ended(reason);
  }

  // --- from the client
  // -----------------------------------------------------------------------------

  private void fromClient(DatagramPacket packet) {
    ByteBuf content = packet.content();
    if (!isClient(packet.sender())) {
      drop(content, Drop.FOREIGN_SOURCE);
      return;
    }
    switch (SocksDatagram.read(content)) {
      case SocksDatagram.Header.Fragment _ -> drop(content, Drop.FRAGMENT);
      case SocksDatagram.Header.Malformed _ -> drop(content, Drop.MALFORMED);
      case SocksDatagram.Header.To(Destination.HostPort to) -> {
        clientEndpoint = packet.sender();
        activity++;
        owner.received(content.readableBytes());
        pass(to, content);
      }
    }
  }

  private boolean isClient(InetSocketAddress sender) {
    if (!sender.getAddress().equals(client)) return false;
    if (expectedPort != 0 && sender.getPort() != expectedPort) return false;
    if (expectedAddress.isPresent()
        && sameFamily(expectedAddress.get(), sender.getAddress())
        && !expectedAddress.get().equals(sender.getAddress())) {
      return false;
    }
    return clientEndpoint == null || clientEndpoint.equals(sender);
  }

  /** Takes ownership. */
  private void pass(Destination.HostPort to, ByteBuf data) {
    Ruling ruling = owner.ruling();
    if (exits.pass(to, data, ruling)) return;
    long nowNanos = egress.loops().clock().nanos();
    Optional<Standing> standing = remotes.standing(to, ruling.rules(), nowNanos);
    if (standing.isPresent()) {
      pass(to, data, standing.get());
      return;
    }
    // A destination that is forgotten for another goes on being looked up.
    if (lookups >= config.remotesMax()) {
      drop(data, Drop.QUEUE_FULL);
      return;
    }
    lookups++;
    Optional<InetSocketAddress> before = remotes.before(to);
    remotes.decide(to, new Standing.Asked(), ruling.rules(), Long.MAX_VALUE / 2 + nowNanos);
    // A read buffer has room for the longest datagram; what waits should not.
    ByteBuf kept = data.alloc().buffer(data.readableBytes()).writeBytes(data);
    data.release();
    waiting.add(to, kept);
    var _ =
        egress
            .addresses()
            .find(to, ruling.guard(), options, loop)
            .whenComplete((found, failure) -> decided(to, ruling, before, found, failure));
  }

  private void pass(Destination.HostPort to, ByteBuf data, Standing standing) {
    switch (standing) {
      case Standing.Asked _ -> {
        ByteBuf kept = data.alloc().buffer(data.readableBytes()).writeBytes(data);
        data.release();
        waiting.add(to, kept);
      }
      case Standing.Closed(Drop why) -> drop(data, why);
      case Standing.Open(InetSocketAddress address) -> send(address, data);
    }
  }

  private void decided(
      Destination.HostPort to,
      Ruling ruling,
      Optional<InetSocketAddress> before,
      @Nullable List<InetSocketAddress> found,
      @Nullable Throwable failure) {
    lookups--;
    if (over) return;
    Standing standing;
    if (found == null) {
      boolean unresolved =
          failure instanceof DialException.Unresolved
              || failure instanceof DialException.Unreachable;
      standing = new Standing.Closed(unresolved ? Drop.UNRESOLVED : Drop.DENIED);
    } else {
      // A name with several addresses keeps the one it had: the other side knows nothing of this.
      InetSocketAddress address = before.filter(found::contains).orElseGet(found::getFirst);
      standing =
          ruling.straight(to, Optional.of(address.getAddress()))
              ? new Standing.Open(address)
              : new Standing.Closed(Drop.DENIED);
    }
    long untilNanos = egress.loops().clock().nanos() + DECISION_NANOS;
    remotes.decide(to, standing, ruling.rules(), untilNanos);
    waiting.take(
        to,
        data -> {
          // The rules may have changed while the name was looked up: then all of it begins anew.
          if (owner.ruling().rules() == ruling.rules()) {
            pass(to, data, standing);
          } else {
            drop(data, Drop.DENIED);
          }
        });
    flush(far4);
    flush(far6);
  }

  /** Takes ownership. */
  private void send(InetSocketAddress address, ByteBuf data) {
    boolean four = address.getAddress() instanceof Inet4Address;
    CompletableFuture<Channel> far = four ? far4 : far6;
    if (far == null) {
      InetSocketAddress any = new InetSocketAddress(four ? ANY4 : ANY6, 0);
      far =
          egress
              .datagrams()
              .bind(loop, options.sourceFor(address.getAddress()).orElse(any), options, new Far());
      if (four) far4 = far;
      else far6 = far;
    }
    boolean binding = !far.isDone();
    var _ =
        far.whenComplete(
            (channel, failure) -> {
              if (failure != null || over) {
                drop(data, Drop.UNRESOLVED);
              } else if (!channel.isWritable()) {
                drop(data, Drop.SEND_BUFFER_FULL);
              } else {
                remotes.sentTo(address);
                meters.passedToRemote();
                channel.write(new DatagramPacket(data, address), channel.voidPromise());
                if (binding) channel.flush(); // the burst of reads that flushes is over by now
              }
            });
  }

  private static final InetAddress ANY4 = InetAddress.ofLiteral("0.0.0.0");
  private static final InetAddress ANY6 = InetAddress.ofLiteral("::");

  // --- to the client
  // -------------------------------------------------------------------------------

  private void fromRemote(DatagramPacket packet) {
    ByteBuf content = packet.content();
    Channel channel = near;
    InetSocketAddress to = clientEndpoint;
    if (channel == null || to == null) {
      drop(content, Drop.NO_CLIENT_YET);
    } else if (!remotes.mayAnswer(packet.sender(), config.filter())) {
      drop(content, Drop.UNSOLICITED);
    } else if (!channel.isWritable()) {
      drop(content, Drop.SEND_BUFFER_FULL);
    } else {
      activity++;
      int length = content.readableBytes();
      ByteBuf out = channel.alloc().directBuffer(SocksDatagram.HEADER_MAX + length);
      SocksDatagram.write(out, packet.sender());
      out.writeBytes(content);
      content.release();
      owner.sent(length);
      meters.passedToClient();
      channel.write(new DatagramPacket(out, to), channel.voidPromise());
    }
  }

  /** An answer that an agent passed on; takes ownership. */
  private void fromAgent(Destination.HostPort from, ByteBuf content) {
    Channel channel = near;
    InetSocketAddress to = clientEndpoint;
    if (over || channel == null || to == null || !channel.isWritable()) {
      drop(content, Drop.SEND_BUFFER_FULL);
      return;
    }
    activity++;
    int length = content.readableBytes();
    ByteBuf out =
        channel.alloc().directBuffer(SocksDatagram.HEADER_MAX + from.host().length() + length);
    SocksDatagram.write(out, from);
    out.writeBytes(content);
    content.release();
    owner.sent(length);
    meters.passedToClient();
    channel.writeAndFlush(new DatagramPacket(out, to), channel.voidPromise());
  }

  private void drop(ByteBuf content, Drop why) {
    content.release();
    meters.dropped(why);
  }

  private static boolean sameFamily(InetAddress one, InetAddress other) {
    return one instanceof Inet4Address == other instanceof Inet4Address;
  }

  private static void flush(@Nullable CompletableFuture<Channel> far) {
    Channel channel = far == null || far.isCompletedExceptionally() ? null : far.getNow(null);
    if (channel != null) channel.flush();
  }

  /** The socket towards the client. */
  private final class Near extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      fromClient((DatagramPacket) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      flush(far4);
      flush(far6);
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // The client's port does not listen (ICMP): its own affair, and it may listen later.
    }
  }

  /** A socket towards everybody else. */
  private final class Far extends ChannelInboundHandlerAdapter {
    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      fromRemote((DatagramPacket) message);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (near != null) near.flush();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      // Somebody's port does not listen (ICMP): one destination's affair.
    }
  }
}
