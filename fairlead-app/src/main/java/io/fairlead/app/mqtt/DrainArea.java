package io.fairlead.app.mqtt;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.mqtt.MqttBroker;
import io.fairlead.mqtt.delivery.Desk;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** {@code /v1/mqtt/drain}: lets the broker's clients go, and in again, while the gateway runs. */
public final class DrainArea implements ResourceArea {
  private final Supplier<Optional<MqttBroker>> broker;

  /**
   * @param broker of this process, if there is one; asked for at each request
   */
  public DrainArea(Supplier<Optional<MqttBroker>> broker) {
    this.broker = broker;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/mqtt/drain", Role.VIEWER, Effect.READS, this::show),
        Route.of("POST", "/v1/mqtt/drain", Role.OPERATOR, Effect.CHANGES, this::begin),
        Route.of("DELETE", "/v1/mqtt/drain", Role.OPERATOR, Effect.CHANGES, this::end));
  }

  private CompletionStage<Reply> show(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    return done(desk(request));
  }

  private CompletionStage<Reply> begin(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    Desk desk = desk(request);
    desk.drain();
    return done(desk);
  }

  private CompletionStage<Reply> end(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    Desk desk = desk(request);
    desk.admit();
    return done(desk);
  }

  private Desk desk(ControlRequest request) throws BadRequestException {
    request.query().allowOnly(Set.of());
    return MqttArea.there(broker).desk();
  }

  private static CompletionStage<Reply> done(Desk desk) {
    return CompletableFuture.completedFuture(
        MqttArea.reply(
            "mqtt.drain", Map.of("draining", desk.draining(), "connected", desk.connected())));
  }
}
