package io.fairlead.app.sites;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.address.HostAndPort;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.dial.Destination;
import io.fairlead.proxy.AccessExplanation;
import io.fairlead.proxy.ProxyService;
import java.net.InetAddress;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code POST /v1/forward/test} with {@code {service, destination, user, client_ip, address,
 * connect}}: whether a forward proxy would dial that destination for that client, by which rule,
 * and which way. Nothing is resolved or dialled.
 */
public final class ForwardArea implements ResourceArea {
  private final Supplier<ProxyService> proxy;

  /**
   * @param proxy of this process; asked for at each request
   */
  public ForwardArea(Supplier<ProxyService> proxy) {
    this.proxy = proxy;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("POST", "/v1/forward/test", Role.VIEWER, Effect.READS, this::test).withBody());
  }

  private CompletionStage<Reply> test(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    ObjectNode body =
        JsonBodies.read(
            request.body(),
            Set.of("service", "destination", "user", "client_ip", "address", "connect"));
    String service = text(body, "service").orElseThrow(() -> bad("service: a name is expected"));
    HostAndPort to =
        text(body, "destination")
            .flatMap(text -> HostAndPort.parse(text, 1))
            .orElseThrow(() -> bad("destination: host:port is expected"));
    InetAddress client = address(body, "client_ip").orElse(InetAddress.getLoopbackAddress());
    JsonNode connect = body.get("connect");
    if (connect != null && !connect.isBoolean()) throw bad("connect: true or false is expected");
    AccessExplanation told =
        proxy
            .get()
            .explain(
                service,
                text(body, "user"),
                client,
                new Destination.HostPort(to.host(), to.port()),
                address(body, "address"),
                connect == null || connect.booleanValue())
            .orElseThrow(
                () -> new BadRequestException(404, "not_found", "no forward proxy " + service));
    ObjectNode json = JsonBodies.document("forward_test");
    json.put("allowed", told.allowed());
    json.put("undecided", told.undecided());
    told.refusal().ifPresent(why -> json.put("refused", why));
    if (!told.hint().isEmpty()) json.put("hint", told.hint());
    var rules = json.putArray("rules");
    told.rules().forEach(fit -> rules.add(fit.name().toLowerCase(Locale.ROOT)));
    var via = json.putArray("via");
    told.via().forEach(via::add);
    return CompletableFuture.completedFuture(JsonBodies.reply(200, json));
  }

  private static Optional<InetAddress> address(ObjectNode body, String key)
      throws BadRequestException {
    Optional<String> text = text(body, key);
    if (text.isEmpty()) return Optional.empty();
    Optional<InetAddress> address = IpLiteral.parse(text.get());
    if (address.isEmpty()) throw bad(key + ": an IP address is expected");
    return address;
  }

  private static Optional<String> text(ObjectNode body, String key) throws BadRequestException {
    JsonNode node = body.get(key);
    if (node == null) return Optional.empty();
    if (!node.isString()) throw bad(key + ": text is expected");
    return Optional.of(node.stringValue());
  }

  private static BadRequestException bad(String message) {
    return new BadRequestException(400, "bad_body", message);
  }
}
