package io.fairlead.libp2p.host;

import io.fairlead.libp2p.address.AddressProtocol;
import io.fairlead.libp2p.address.Component;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.address.PeerRecord;
import io.fairlead.libp2p.codec.IdentifyMessage;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.identify.IdentifyParts;
import io.fairlead.libp2p.identify.Learned;
import io.fairlead.libp2p.identify.ObservedAddresses;
import io.fairlead.libp2p.identify.PushThrottle;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PublicKey;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.peers.AddressLife;
import io.fairlead.libp2p.peers.PeerStore;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Asks each peer once what it is, tells it what we are, and tells it again when that changes. Any
 * thread.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/identify/README.md">identify</a>
 */
final class Identifying {
  static final String ID = "/ipfs/id/1.0.0";
  static final String PUSH = "/ipfs/id/push/1.0.0";

  /** What all of the network says here. */
  private static final String PROTOCOL_VERSION = "ipfs/0.1.0";

  private static final int PUSHES_MAX = 32;

  private final PublicKey identity;
  private final String agent;
  private final Announced announced;
  private final ProtocolTable protocols;
  private final PeerStore store;
  private final HostEvents events;
  private final Ways ways;
  private final ObservedAddresses observed;
  private final PushThrottle throttle;
  private final Object lock = new Object();

  /** Guarded by {@code lock}, as below. */
  private final ArrayDeque<Connection> toPush = new ArrayDeque<>();

  private int pushing;

  /** What this needs of its node. */
  interface Ways {
    /** Opens a stream of the node's own. */
    CompletionStage<StreamChannel> open(
        Connection on, String protocol, Consumer<StreamChannel> prepare);

    /** What peers say our address is may have changed. */
    void observedChanged();
  }

  /** Who we are. */
  record Self(PublicKey identity, String agent, Announced announced, ProtocolTable protocols) {}

  Identifying(
      Self self,
      PeerStore store,
      ObservedAddresses observed,
      PushThrottle throttle,
      HostEvents events,
      Ways ways) {
    this.identity = self.identity();
    this.agent = self.agent();
    this.announced = self.announced();
    this.protocols = self.protocols();
    this.store = store;
    this.observed = observed;
    this.throttle = throttle;
    this.events = events;
    this.ways = ways;
  }

  /** Asks; the connection's {@code identified} completes with the answer or without. */
  void ask(Connection connection) {
    CompletableFuture<IdentifyMessage> said = new CompletableFuture<>();
    ways.open(connection, ID, stream -> stream.pipeline().addLast(new IdentifyReader(said)))
        .whenComplete(
            (_, failure) -> {
              if (failure != null) said.completeExceptionally(failure);
            });
    said.whenComplete((message, failure) -> heard(connection, message, failure));
  }

  private void heard(
      Connection connection, @Nullable IdentifyMessage message, @Nullable Throwable failure) {
    try {
      if (message == null) {
        String reason = failure == null ? "" : String.valueOf(failure.getMessage());
        events.emit(new HostEvent.IdentifyFailed(connection.remote(), reason));
        return;
      }
      learn(connection, message);
      events.emit(
          new HostEvent.PeerIdentified(
              connection.remote(),
              connection.remoteAddress(),
              store.protocols(connection.remote())));
    } catch (MalformedException wrong) {
      events.emit(new HostEvent.IdentifyFailed(connection.remote(), wrong.getMessage()));
    } finally {
      connection.identificationDone();
    }
  }

  private void learn(Connection connection, IdentifyMessage message) throws MalformedException {
    PeerId peer = connection.remote();
    Learned learned = Learned.from(message, peer, connection.remoteAddress());
    if (!learned.protocols().isEmpty()) {
      store.setProtocols(peer, learned.protocols());
      connection.wire().learned(learned.protocols());
    }
    learned.agent().ifPresent(name -> store.setAgent(peer, name));
    if (learned.signed().isPresent()) {
      Learned.Signed signed = learned.signed().get();
      store.addRecord(
          new PeerRecord(peer, signed.record().sequence(), learned.addresses()),
          signed.envelope(),
          AddressLife.PERMANENT);
    } else {
      store.addAddresses(peer, learned.addresses(), AddressLife.PERMANENT);
    }
    learned.observed().ifPresent(address -> observed(connection, address));
  }

  private void observed(Connection connection, Multiaddr address) {
    if (connection.limited() || connection.relayed()) return;
    Optional<Multiaddr> listener = listener(connection);
    if (listener.isEmpty()) return;
    if (observed.heard(listener.get(), address, connection.remoteAddress())) {
      ways.observedChanged();
    }
  }

  /** The address we listen on whose port is our end of the connection. */
  private Optional<Multiaddr> listener(Connection connection) {
    if (!(connection.wire().channel().localAddress() instanceof InetSocketAddress local)) {
      return Optional.empty();
    }
    return announced.listening().stream()
        .filter(
            address ->
                address
                    .first(AddressProtocol.TCP)
                    .map(Component::number)
                    .filter(port -> port == local.getPort())
                    .isPresent())
        .findFirst();
  }

  /** Answers a peer that asks. */
  void answer(StreamChannel stream, Connection connection) {
    stream.pipeline().addLast(new Teller(connection));
  }

  /** Takes what a peer says without being asked. */
  void takePush(StreamChannel stream, Connection connection) {
    boolean admitted =
        !(connection.wire().channel().remoteAddress() instanceof InetSocketAddress from)
            || from.getAddress() == null
            || throttle.admit(from.getAddress());
    if (!admitted) {
      stream
          .pipeline()
          .addLast(
              new ChannelInboundHandlerAdapter() {
                @Override
                public void channelActive(ChannelHandlerContext ctx) {
                  stream.reset(StreamCode.RATE_LIMITED);
                }
              });
      return;
    }
    CompletableFuture<IdentifyMessage> said = new CompletableFuture<>();
    stream.pipeline().addLast(new IdentifyReader(said));
    said.thenAccept(message -> pushed(connection, message));
  }

  private void pushed(Connection connection, IdentifyMessage message) {
    PeerId peer = connection.remote();
    Set<String> before = store.protocols(peer);
    try {
      learn(connection, message);
    } catch (MalformedException _) {
      return; // of another peer: as if nothing had been said
    }
    Set<String> after = store.protocols(peer);
    if (after.equals(before)) return;
    Set<String> added = new HashSet<>(after);
    added.removeAll(before);
    Set<String> removed = new HashSet<>(before);
    removed.removeAll(after);
    events.emit(new HostEvent.PeerProtocolsUpdated(peer, added, removed));
  }

  /** Tells all of them that take it and have not heard it yet, 32 at a time. */
  void push(List<Connection> connections) {
    synchronized (lock) {
      for (Connection connection : connections) {
        boolean waits = toPush.contains(connection);
        if (!waits && connection.wire().knows(PUSH)) toPush.add(connection);
      }
    }
    pushNext();
  }

  private void pushNext() {
    while (true) {
      Connection next;
      synchronized (lock) {
        if (pushing == PUSHES_MAX || toPush.isEmpty()) return;
        next = toPush.remove();
        if (next.toldSnapshot() >= announced.current().number()) continue;
        pushing++;
      }
      ways.open(next, PUSH, stream -> tell(stream, next))
          .whenComplete(
              (_, failure) -> {
                if (failure != null) pushEnded();
              });
    }
  }

  private void tell(StreamChannel stream, Connection connection) {
    stream.pipeline().addLast(new Teller(connection));
    stream.closeFuture().addListener(_ -> pushEnded());
  }

  private void pushEnded() {
    synchronized (lock) {
      pushing--;
    }
    pushNext();
  }

  /** Writes the statement and ends the stream. */
  private final class Teller extends ChannelInboundHandlerAdapter {
    private final Connection connection;

    Teller(Connection connection) {
      this.connection = connection;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      Announced.Snapshot snapshot = announced.current();
      List<byte[]> frames = IdentifyParts.frames(statement(connection, snapshot));
      Channel stream = ctx.channel();
      ctx.writeAndFlush(Unpooled.wrappedBuffer(frames.toArray(byte[][]::new)))
          .addListener(
              written -> {
                if (written.isSuccess()) connection.told(snapshot.number());
                stream.close();
              });
      ctx.fireChannelActive();
    }
  }

  private IdentifyMessage statement(Connection to, Announced.Snapshot snapshot) {
    return new IdentifyMessage(
        Optional.of(identity.toBytes()),
        snapshot.addresses().stream().map(Multiaddr::toBytes).toList(),
        List.copyOf(protocols.protocols()),
        Optional.of(to.remoteAddress().toBytes()),
        Optional.of(PROTOCOL_VERSION),
        Optional.of(agent),
        Optional.of(snapshot.record()));
  }
}
