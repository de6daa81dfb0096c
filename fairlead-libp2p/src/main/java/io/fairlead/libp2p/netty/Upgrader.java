package io.fairlead.libp2p.netty;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.mux.MuxMeters;
import io.fairlead.libp2p.mux.WindowBudget;
import io.fairlead.libp2p.secure.SecureProtocol;
import io.netty.channel.Channel;
import io.netty.channel.WriteBufferWaterMark;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Makes secure and multiplexed connections of plain ones: agrees on a security protocol, lets it
 * shake hands, agrees on the multiplexer where the handshake did not, all within one time limit. It
 * takes any channel of bytes: a socket, a web socket, a relayed stream. Thread-safe.
 */
public final class Upgrader {
  /** The only multiplexer. */
  static final String YAMUX = "/yamux/1.0.0";

  private static final List<String> MUXERS = List.of(YAMUX);

  /** What may wait to be written to a connection before its streams are held back. */
  private static final WriteBufferWaterMark WATER_MARK =
      new WriteBufferWaterMark(128 * 1024, 256 * 1024);

  private final List<SecureProtocol> securities;
  private final UpgradeSettings settings;
  private final WindowBudget budget;
  private final InboundStreams inbound;
  private final Clock clock;
  private final UpgradeMeters meters;
  private final MuxMeters muxMeters;
  private final AtomicInteger inboundNow = new AtomicInteger();

  /**
   * @param securities in order of preference, at least one
   * @param budget of the whole process
   * @param inbound answers the streams that peers open
   */
  public Upgrader(
      List<SecureProtocol> securities,
      UpgradeSettings settings,
      WindowBudget budget,
      InboundStreams inbound,
      Clock clock,
      Meters meters) {
    if (securities.isEmpty()) throw new IllegalArgumentException("securities: none");
    this.securities = List.copyOf(securities);
    this.settings = settings;
    this.budget = budget;
    this.inbound = inbound;
    this.clock = clock;
    this.meters = new UpgradeMeters(meters);
    this.muxMeters = new MuxMeters(meters);
  }

  /**
   * Upgrades a connection that a peer opened.
   *
   * @param channel active, with nothing behind the handlers of its transport, and not read from
   *     yet: on its loop before the first read, or with reading off; closed on failure
   * @param remoteAddress where the peer is, without its id
   * @return completes on the loop, before any stream of the peer; fails with {@link
   *     UpgradeException}
   */
  public CompletionStage<PeerConnection> accept(Channel channel, Multiaddr remoteAddress) {
    return accept(channel, remoteAddress, null);
  }

  /**
   * The same where it is known who must be at the other end.
   *
   * @param expected any other peer is refused; null takes everyone
   */
  public CompletionStage<PeerConnection> accept(
      Channel channel, Multiaddr remoteAddress, @Nullable PeerId expected) {
    if (inboundNow.incrementAndGet() > settings.inboundMax()) {
      inboundNow.decrementAndGet();
      meters.failed(UpgradeException.Reason.BUSY);
      channel.close();
      return CompletableFuture.failedFuture(
          new UpgradeException(UpgradeException.Reason.BUSY, null));
    }
    CompletableFuture<PeerConnection> result = new CompletableFuture<>();
    result.whenComplete((_, _) -> inboundNow.decrementAndGet());
    return start(new UpgradeHandler(this, channel, false, expected, remoteAddress, result), result);
  }

  /**
   * Upgrades a connection that we opened.
   *
   * @param channel active, with nothing behind the handlers of its transport, and not read from
   *     yet: on its loop before the first read, or with reading off; closed on failure
   * @param remoteAddress where the peer is, without its id
   * @param expected who must answer; null takes anyone
   * @return completes on the loop, before any stream of the peer; fails with {@link
   *     UpgradeException}
   */
  public CompletionStage<PeerConnection> dialled(
      Channel channel, Multiaddr remoteAddress, @Nullable PeerId expected) {
    CompletableFuture<PeerConnection> result = new CompletableFuture<>();
    return start(new UpgradeHandler(this, channel, true, expected, remoteAddress, result), result);
  }

  private static CompletionStage<PeerConnection> start(
      UpgradeHandler handler, CompletableFuture<PeerConnection> result) {
    Channel channel = handler.channel();
    if (channel.eventLoop().inEventLoop()) handler.start();
    else channel.eventLoop().execute(handler::start);
    return result;
  }

  List<SecureProtocol> securities() {
    return securities;
  }

  List<String> muxers() {
    return MUXERS;
  }

  UpgradeSettings settings() {
    return settings;
  }

  Clock clock() {
    return clock;
  }

  UpgradeMeters meters() {
    return meters;
  }

  /** Its streams share the peer's memory with those of the peer's other connections. */
  MuxHandler mux(Channel channel, boolean dialler, PeerId remote) {
    channel.config().setWriteBufferWaterMark(WATER_MARK);
    WindowBudget share = budget.share(remote);
    channel.closeFuture().addListener(_ -> budget.leave(remote));
    return new MuxHandler(channel, dialler, clock, settings, share, muxMeters, meters, inbound);
  }
}
