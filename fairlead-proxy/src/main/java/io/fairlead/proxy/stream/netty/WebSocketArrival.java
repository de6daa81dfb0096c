package io.fairlead.proxy.stream.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.proxyprotocol.Announced;
import io.fairlead.net.upstream.Seat;
import io.fairlead.net.upstream.StreamAsk;
import io.fairlead.net.upstream.StreamOutcome;
import io.fairlead.net.websocket.WebSocketAccept;
import io.fairlead.proxy.stream.Bridge;
import io.fairlead.proxy.stream.LiveStreams;
import io.fairlead.proxy.stream.Stream;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.proxy.stream.StreamRules;
import io.fairlead.proxy.stream.StreamRules.Known;
import io.fairlead.proxy.stream.StreamRules.Way;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One request for a WebSocket whose bytes go to a TCP server: the server is connected first, so
 * that a client hears in HTTP that there is none. Confined to its event loop.
 */
final class WebSocketArrival {
  private final LiveStreams live;
  private final StreamExit exit;
  private final ServerExchange exchange;
  private final LiveConnection connection;
  private final StreamRules rules;
  private final Bridge bridge;
  private final InetAddress client;
  private @Nullable Runnable cancel;
  private boolean over;
  private boolean placeTaken;

  WebSocketArrival(LiveStreams live, StreamExit exit, Bridge bridge, ServerExchange exchange) {
    this.live = live;
    this.exit = exit;
    this.bridge = bridge;
    this.exchange = exchange;
    this.connection = exchange.connection();
    this.rules = live.rules();
    this.client = StreamConnection.clientOf(connection);
  }

  void begin() {
    String path = exchange.head().pathAndQuery();
    int query = path.indexOf('?');
    String asked = bridge.path().indexOf('?') < 0 && query >= 0 ? path.substring(0, query) : path;
    Optional<Answer> objection = WebSocketAccept.objection(exchange.head());
    if (!rules.admits(client)) {
      refuse("acl", Answer.error(403, "not_admitted", "clients from there are not admitted"));
    } else if (!asked.equals(bridge.path())) {
      refuse("no_route", Answer.error(404, "not_found", "nothing is here"));
    } else if (objection.isPresent()) {
      refuse("bad_upgrade", objection.get());
    } else if (!offered()) {
      refuse("bad_upgrade", Answer.error(400, "bad_subprotocol", "another subprotocol is spoken"));
    } else if (!(rules.way(client, new Known.Nothing(), true) instanceof Way.To to)) {
      refuse("no_route", Answer.error(404, "not_found", "no route fits"));
    } else {
      open(to);
    }
  }

  private boolean offered() {
    Optional<String> spoken = bridge.subprotocol();
    return spoken.isEmpty()
        || WebSocketAccept.subprotocol(exchange.head(), List.of(spoken.get())).isPresent();
  }

  private void open(Way.To to) {
    placeTaken = live.enter(rules.config().limits().connections());
    if (!placeTaken) {
      exit.journal().full();
      over = true;
      exchange.respond(Answer.error(503, "overload", "as many streams as there may be"));
      return;
    }
    String upstream =
        switch (to.target()) {
          case StreamConfig.Target.Named(String id) -> id;
          case StreamConfig.Target.Fixed(Destination destination) -> destination.toString();
        };
    connection.destination(upstream);
    exchange.onEnd(this::gone);
    cancel =
        exit.open(
            to.target(),
            rules.config(),
            new StreamAsk(
                upstream,
                client.getHostAddress(),
                Optional.empty(),
                connection,
                Optional.of(Announced.of(connection, exchange.channel())),
                rules.config().sendHeader()),
            exchange.channel().eventLoop(),
            outcome -> told(to, outcome));
  }

  private void told(Way.To to, StreamOutcome outcome) {
    cancel = null;
    switch (outcome) {
      case StreamOutcome.Failed(String reason, String text) ->
          refuse(reason, Answer.error(502, reason, text));
      case StreamOutcome.Opened(Channel upstream, Seat seat) -> {
        if (over) {
          upstream.close();
          seat.leave(true);
        } else {
          join(to, upstream, seat);
        }
      }
    }
  }

  private void join(Way.To to, Channel upstream, Seat seat) {
    Stream stream =
        new Stream(
            connection,
            exchange.channel(),
            client,
            to,
            seat.destination(),
            exit.journal().clock().nanos());
    if (!live.add(stream)) {
      upstream.close();
      seat.leave(true);
      refuse("acl", Answer.error(403, "not_admitted", "not admitted any more"));
      return;
    }
    over = true;
    placeTaken = false; // the joint's now
    WebSocketAccept socket =
        WebSocketAccept.open(exchange, bridge.subprotocol(), new WebSocketBytes());
    connection.kind("websocket");
    upstream.flush(); // a header may wait in it
    Joint.join(live, exit, stream, rules.config(), upstream, seat, Unpooled.EMPTY_BUFFER);
    socket.begin();
  }

  /** The client left, or its request is answered. */
  private void gone() {
    if (cancel != null) cancel.run();
    cancel = null;
    over = true;
    if (placeTaken) live.leave();
    placeTaken = false;
  }

  private void refuse(String reason, Answer answer) {
    exit.journal().refused(reason);
    over = true;
    if (placeTaken) live.leave();
    placeTaken = false;
    exchange.respond(answer);
  }
}
