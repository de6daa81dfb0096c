package io.fairlead.libp2p.host;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Verdict;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.netty.InboundStreams;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.StreamChannel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;

/** Which protocols are answered, by whom, and on which terms. Any thread. */
final class ProtocolTable implements InboundStreams {
  private record Answer(StreamHandler handler, HandlerOptions options) {}

  private final Map<String, Answer> answers = new ConcurrentHashMap<>();
  private final Connections connections;
  private final PeerGate gate;
  private final HostEvents events;

  ProtocolTable(Connections connections, PeerGate gate, HostEvents events) {
    this.connections = connections;
    this.gate = gate;
    this.events = events;
  }

  void set(String protocol, StreamHandler handler, HandlerOptions options) {
    answers.put(protocol, new Answer(handler, options));
    events.emit(new HostEvent.LocalProtocolsUpdated(protocols()));
  }

  void remove(String protocol) {
    if (answers.remove(protocol) == null) return;
    events.emit(new HostEvent.LocalProtocolsUpdated(protocols()));
  }

  /** Their ids, in order. */
  Set<String> protocols() {
    return new TreeSet<>(answers.keySet());
  }

  @Override
  public boolean speaks(PeerConnection wire, String protocol) {
    return answers.containsKey(protocol);
  }

  @Override
  public void opened(StreamChannel stream) {
    Answer answer = answers.get(stream.protocol());
    Optional<Connection> connection = connections.of(stream.connection());
    if (answer == null || connection.isEmpty()) {
      refuse(stream, StreamCode.NEGOTIATION_FAILED);
      return;
    }
    Connection on = connection.get();
    HandlerOptions options = answer.options();
    boolean governed = !options.ungoverned() && !(allowed(on) instanceof Verdict.Allow);
    if (governed || on.limited() && !options.allowLimited()) {
      refuse(stream, StreamCode.GATED);
      return;
    }
    Optional<Resources.StreamGrant> grant =
        on.grant().stream(stream.protocol(), options.inboundPerPeer());
    if (grant.isEmpty()) {
      refuse(stream, StreamCode.RESOURCE_LIMIT);
      return;
    }
    stream.closeFuture().addListener(_ -> grant.get().close());
    answer.handler().opened(stream, on);
  }

  private Verdict allowed(Connection connection) {
    return gate.decide(connection.principal(), Action.CIRCUIT);
  }

  /** A stream cannot be reset before it is active. */
  private static void refuse(StreamChannel stream, long code) {
    stream
        .pipeline()
        .addLast(
            new ChannelInboundHandlerAdapter() {
              @Override
              public void channelActive(ChannelHandlerContext ctx) {
                stream.reset(code);
              }
            });
  }
}
