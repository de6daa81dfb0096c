package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.negotiate.NextStep;
import io.fairlead.libp2p.secure.HandshakeException;
import io.fairlead.libp2p.secure.SecureProtocol;
import io.fairlead.libp2p.secure.Secured;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.util.ReferenceCountUtil;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The upgrade of one connection; the last handler of its pipeline until it is over.
 *
 * <pre>
 * negotiating security --agreed-->    handshake
 * handshake --secured with muxer-->   (done)
 * handshake --secured without-->      negotiating the muxer --agreed--> (done)
 * any --failure, close, time-->       (failed, closed)
 * </pre>
 */
final class UpgradeHandler extends ChannelInboundHandlerAdapter {
  private final Upgrader upgrader;
  private final Channel channel;
  private final boolean dialler;
  private final @Nullable PeerId expected;
  private final Multiaddr remoteAddress;
  private final CompletableFuture<PeerConnection> result;
  private final String name = "upgrade";
  private String security = "";
  private boolean over;
  private long startedNanos;
  private @Nullable Future<?> timer;

  UpgradeHandler(
      Upgrader upgrader,
      Channel channel,
      boolean dialler,
      @Nullable PeerId expected,
      Multiaddr remoteAddress,
      CompletableFuture<PeerConnection> result) {
    this.upgrader = upgrader;
    this.channel = channel;
    this.dialler = dialler;
    this.expected = expected;
    this.remoteAddress = remoteAddress;
    this.result = result;
  }

  Channel channel() {
    return channel;
  }

  /** On the loop. */
  void start() {
    startedNanos = upgrader.clock().nanos();
    upgrader.meters().upgrading.increment();
    Duration limit =
        dialler ? upgrader.settings().outboundTimeout() : upgrader.settings().inboundTimeout();
    timer =
        channel
            .eventLoop()
            .schedule(
                () -> fail(UpgradeException.Reason.TIMED_OUT, null),
                limit.toNanos(),
                TimeUnit.NANOSECONDS);
    channel.pipeline().addLast(name, this);
    if (!channel.isActive()) {
      fail(UpgradeException.Reason.CLOSED_EARLY, null);
      return;
    }
    List<String> ids = upgrader.securities().stream().map(SecureProtocol::id).toList();
    negotiate(ids, this::secure, UpgradeException.Reason.NO_SECURITY);
  }

  private void negotiate(
      List<String> protocols, Consumer<String> agreed, UpgradeException.Reason noneAccepted) {
    put(
        new NegotiateHandler(
            dialler,
            protocols,
            agreed,
            failure ->
                fail(
                    failure == NextStep.Failure.MALFORMED
                        ? UpgradeException.Reason.MALFORMED
                        : noneAccepted,
                    null)));
  }

  private void put(ChannelHandler handler) {
    channel.pipeline().addBefore(name, null, handler);
  }

  private void secure(String id) {
    security = id;
    for (SecureProtocol protocol : upgrader.securities()) {
      if (!protocol.id().equals(id)) continue;
      if (dialler) put(protocol.client(expected, upgrader.muxers()));
      else put(protocol.server(upgrader.muxers()));
      return;
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!(event instanceof Secured secured)) {
      ctx.fireUserEventTriggered(event);
      return;
    }
    if (over) return;
    if (expected != null && !expected.equals(secured.remote())) {
      fail(UpgradeException.Reason.HANDSHAKE, null); // the side that accepts asks nobody itself
    } else if (secured.muxer().isPresent()) {
      done(secured.key());
    } else {
      negotiate(upgrader.muxers(), _ -> done(secured.key()), UpgradeException.Reason.NO_MUXER);
    }
  }

  private void done(PublicKey key) {
    if (!end()) return;
    MuxHandler mux = upgrader.mux(channel, dialler, key.peerId());
    PeerConnection connection =
        new PeerConnection(mux, channel, dialler, key, security, remoteAddress);
    mux.connection(connection);
    upgrader.meters().opened(dialler);
    upgrader.meters().time.record(upgrader.clock().nanos() - startedNanos, TimeUnit.NANOSECONDS);
    boolean wanted = result.complete(connection);
    put(mux);
    channel.pipeline().remove(this);
    if (!wanted) connection.close(0); // whoever asked gave up meanwhile
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ReferenceCountUtil.release(message); // behind a failure
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    fail(UpgradeException.Reason.CLOSED_EARLY, null);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    if (cause instanceof HandshakeException) fail(UpgradeException.Reason.HANDSHAKE, cause);
    else fail(UpgradeException.Reason.CLOSED_EARLY, cause);
  }

  private void fail(UpgradeException.Reason reason, @Nullable Throwable cause) {
    if (!end()) return;
    upgrader.meters().failed(reason);
    result.completeExceptionally(new UpgradeException(reason, cause));
    channel.close();
  }

  private boolean end() {
    if (over) return false;
    over = true;
    upgrader.meters().upgrading.decrement();
    Future<?> armed = timer;
    if (armed != null) armed.cancel(false);
    return true;
  }
}
