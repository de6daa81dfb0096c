package io.fairlead.relay;

import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.HandlerOptions;
import io.fairlead.libp2p.host.Host;
import io.fairlead.libp2p.host.StreamHandler;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.relay.PeerStreams.Answer;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/** Protocols of a node that services of the gateway answer. Of the configuration's thread. */
final class PeerAnswers {
  private final Host host;
  private final Function<String, StreamHandler> services;
  private final Set<String> answered = new HashSet<>();

  /**
   * @param services what takes the streams of a service, by its id; they do not read by themselves
   */
  PeerAnswers(Host host, Function<String, StreamHandler> services) {
    this.host = host;
    this.services = services;
  }

  /** Streams there are go on; the services themselves say what becomes of them. */
  void apply(PeerStreams next) {
    Set<String> wanted = new HashSet<>();
    HandlerOptions options =
        next.limited() ? HandlerOptions.DEFAULTS.allowingLimited() : HandlerOptions.DEFAULTS;
    for (Answer answer : next.answers()) {
      wanted.add(answer.protocol());
      host.handle(
          answer.protocol(), options, (stream, connection) -> opened(answer, stream, connection));
    }
    for (String protocol : Set.copyOf(answered)) {
      if (!wanted.contains(protocol)) host.unhandle(protocol);
    }
    answered.clear();
    answered.addAll(wanted);
  }

  private void opened(Answer answer, StreamChannel stream, Connection connection) {
    if (!answer.from().isEmpty() && !answer.from().contains(connection.remote())) {
      stream.pipeline().addLast(new Refusal(stream));
      return;
    }
    stream.config().setAutoRead(false);
    services.apply(answer.service().id()).opened(stream, connection);
  }

  /** A stream cannot be reset before it is active. */
  private static final class Refusal extends ChannelInboundHandlerAdapter {
    private final StreamChannel stream;

    Refusal(StreamChannel stream) {
      this.stream = stream;
    }

    @Override
    public void channelActive(ChannelHandlerContext ctx) {
      stream.reset(StreamCode.GATED);
    }
  }
}
