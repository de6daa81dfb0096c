package io.fairlead.tunnel.server.netty;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.SourcePrefix;
import io.fairlead.net.websocket.WebSocketAccept;
import io.fairlead.tunnel.carrier.netty.CarrierSocket;
import java.util.Optional;

/**
 * Where agents arrive over web sockets: a request for it becomes a carrier. Shared by all event
 * loops.
 */
public final class CarrierSocketDoor {
  private final CarrierFace carriers;
  private final ServerMeters meters;

  CarrierSocketDoor(CarrierFace carriers, ServerMeters meters) {
    this.carriers = carriers;
    this.meters = meters;
  }

  /**
   * Answers a request for a carrier.
   *
   * @param source who counts as its source
   */
  public void handle(ServerExchange exchange, Optional<SourcePrefix> source) {
    Optional<Answer> objection = WebSocketAccept.objection(exchange.head());
    if (objection.isPresent()) {
      refuse(exchange, objection.get());
      return;
    }
    Optional<String> subprotocol =
        WebSocketAccept.subprotocol(exchange.head(), CarrierSocket.spoken(carriers.bound()));
    if (subprotocol.isEmpty()) {
      refuse(exchange, Answer.error(400, "bad_subprotocol", "another sub-protocol is spoken"));
      return;
    }
    if (!carriers.enter(source)) {
      refuse(exchange, Answer.error(429, "carriers_per_ip", "this address has enough carriers"));
      return;
    }
    LiveConnection connection = exchange.connection();
    WebSocketAccept accepted = WebSocketAccept.open(exchange, subprotocol.get());
    accepted.channel().closeFuture().addListener(_ -> carriers.leave(source));
    if (subprotocol.get().equals(CarrierSocket.SEALED)) {
      carriers.attachSecured(accepted.channel(), connection);
    } else {
      carriers.attachBare(
          accepted.channel(), connection, CarrierSocket.protocol(subprotocol.get()));
    }
    accepted.begin();
  }

  private void refuse(ServerExchange exchange, Answer answer) {
    meters.refused("websocket");
    exchange.respond(answer);
  }
}
