package io.fairlead.libp2p.netty;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.mux.SessionEnd;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * A secure and multiplexed connection to one peer. Everything happens on {@link #loop}; every
 * method may be called from any thread, and stages complete on the loop.
 */
public final class PeerConnection {
  private final MuxHandler mux;
  private final Channel channel;
  private final boolean dialler;
  private final PeerId remote;
  private final PublicKey remoteKey;
  private final String security;
  private final Multiaddr remoteAddress;
  private final Set<String> known = ConcurrentHashMap.newKeySet();
  final CompletableFuture<SessionEnd> ended = new CompletableFuture<>();

  PeerConnection(
      MuxHandler mux,
      Channel channel,
      boolean dialler,
      PublicKey remoteKey,
      String security,
      Multiaddr remoteAddress) {
    this.mux = mux;
    this.channel = channel;
    this.dialler = dialler;
    this.remote = remoteKey.peerId();
    this.remoteKey = remoteKey;
    this.security = security;
    this.remoteAddress = remoteAddress;
  }

  /** Who is at the other end, as proven by the handshake. */
  public PeerId remote() {
    return remote;
  }

  public PublicKey remoteKey() {
    return remoteKey;
  }

  /** Where it is, without its peer id. */
  public Multiaddr remoteAddress() {
    return remoteAddress;
  }

  /** Whether we dialled. */
  public boolean dialler() {
    return dialler;
  }

  /** The id of the protocol that secures it. */
  public String security() {
    return security;
  }

  /** The channel below; its attributes may be used to remember things. */
  public Channel channel() {
    return channel;
  }

  public EventLoop loop() {
    return channel.eventLoop();
  }

  /**
   * Opens a stream with the first of some protocols that the peer speaks. Cancelling the stage
   * gives the stream up.
   *
   * @param protocols in order of preference
   * @param prepare adds handlers to the stream before it is active; on the loop
   * @return fails with {@link StreamOpenException}
   */
  public CompletionStage<StreamChannel> open(
      List<String> protocols, Consumer<? super StreamChannel> prepare) {
    CompletableFuture<StreamChannel> result = new CompletableFuture<>();
    onLoop(() -> mux.open(List.copyOf(protocols), prepare, result));
    return result;
  }

  /** The same with one handler. */
  public CompletionStage<StreamChannel> open(List<String> protocols, ChannelHandler handler) {
    return open(protocols, stream -> stream.pipeline().addLast(handler));
  }

  /**
   * Opens a stream without waiting for the peer's word on its protocol, which it is known to speak:
   * the stream is usable at once, and its first bytes go out with the proposal. If the peer does
   * not speak it after all, the stream ends with {@link StreamReset} of {@code NEGOTIATION_FAILED}
   * and the protocol is no longer {@link #knows known}. It ends the same way when the peer has not
   * said a word of it within {@link UpgradeSettings#openTimeout}.
   *
   * @return fails with {@link StreamOpenException}
   */
  public CompletionStage<StreamChannel> openKnown(
      String protocol, Consumer<? super StreamChannel> prepare) {
    CompletableFuture<StreamChannel> result = new CompletableFuture<>();
    onLoop(() -> mux.openKnown(protocol, prepare, result));
    return result;
  }

  /** Remembers what the peer says it speaks. */
  public void learned(List<String> protocols) {
    known.retainAll(Set.copyOf(protocols));
    known.addAll(protocols);
  }

  /** Whether the peer said that it speaks a protocol, and was not found wrong. */
  public boolean knows(String protocol) {
    return known.contains(protocol);
  }

  void unlearned(String protocol) {
    known.remove(protocol);
  }

  /** From here on neither side opens streams; those there go on. */
  public void drain() {
    onLoop(mux.session()::drain);
  }

  /** Ends it, telling the peer why with a code of {@code ConnectionCode}. */
  public CompletionStage<SessionEnd> close(long code) {
    onLoop(() -> mux.session().close(code));
    return ended;
  }

  /** Completes when it is over. */
  public CompletionStage<SessionEnd> closed() {
    return ended;
  }

  public boolean isOpen() {
    return !ended.isDone();
  }

  /** Open streams; exact on the loop, elsewhere a recent value. */
  public int streams() {
    return mux.session().streams();
  }

  /** The round trip as the session's pings see it; a recent value. */
  public Optional<Duration> roundTrip() {
    return mux.session().roundTrip();
  }

  private void onLoop(Runnable task) {
    if (loop().inEventLoop()) task.run();
    else loop().execute(task);
  }

  @Override
  public String toString() {
    return remote + " at " + remoteAddress;
  }
}
