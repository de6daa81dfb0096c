package io.fairlead.app.sites;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.http.HttpService;
import io.fairlead.http.RouteExplanation;
import io.fairlead.http.route.AskedHead;
import java.net.InetAddress;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/routes}, and {@code POST /v1/routes/test} with {@code {method, url, headers,
 * client_ip}}: which route takes a request, and why those before it do not.
 */
public final class RouteArea implements ResourceArea {
  private final Supplier<HttpService> http;

  /**
   * @param http of this process; asked for at each request
   */
  public RouteArea(Supplier<HttpService> http) {
    this.http = http;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/routes", Role.VIEWER, Effect.READS, this::list),
        Route.of("POST", "/v1/routes/test", Role.VIEWER, Effect.READS, this::test).withBody());
  }

  private CompletionStage<Reply> list(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    ObjectNode json = JsonBodies.document("routes");
    var list = json.putArray("routes");
    for (RouteExplanation.Line line : http.get().routes()) list.add(line(line));
    return CompletableFuture.completedFuture(JsonBodies.reply(200, json));
  }

  private CompletionStage<Reply> test(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    ObjectNode body =
        JsonBodies.read(request.body(), Set.of("method", "url", "headers", "client_ip"));
    InetAddress client =
        IpLiteral.parse(text(body, "client_ip", "127.0.0.1"))
            .orElseThrow(() -> bad("client_ip: an IP address is expected"));
    ObjectNode json = JsonBodies.document("route_test");
    var sites = json.putArray("sites");
    for (RouteExplanation site : http.get().explain(head(body), client)) {
      ObjectNode one = sites.addObject().put("site", site.site());
      site.refused().ifPresent(why -> one.put("refused", why));
      site.route().ifPresent(line -> one.set("route", line(line)));
      var passed = one.putArray("passed");
      for (RouteExplanation.Passed other : site.passed()) {
        passed.addObject().put("id", other.id()).put("reason", other.reason());
      }
    }
    return CompletableFuture.completedFuture(JsonBodies.reply(200, json));
  }

  private static AskedHead head(ObjectNode body) throws BadRequestException {
    String url = text(body, "url", "");
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException malformed) {
      throw bad("url: " + malformed.getMessage());
    }
    if (uri.getHost() == null || uri.getScheme() == null) {
      throw bad("url: http://host/path is expected");
    }
    List<AskedHead.Line> lines = new ArrayList<>();
    JsonNode headers = body.get("headers");
    if (headers != null) {
      if (!(headers instanceof ObjectNode named)) throw bad("headers: an object is expected");
      for (String name : named.propertyNames()) {
        JsonNode value = named.get(name);
        if (!value.isString()) throw bad("headers: " + name + ": text is expected");
        lines.add(new AskedHead.Line(name, value.stringValue()));
      }
    }
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    return new AskedHead(
        text(body, "method", "GET"),
        uri.getScheme().toLowerCase(Locale.ROOT),
        uri.getRawAuthority().toLowerCase(Locale.ROOT),
        uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery(),
        lines);
  }

  private static String text(ObjectNode body, String key, String otherwise)
      throws BadRequestException {
    JsonNode node = body.get(key);
    if (node == null) return otherwise;
    if (!node.isString()) throw bad(key + ": text is expected");
    return node.stringValue();
  }

  private static BadRequestException bad(String message) {
    return new BadRequestException(400, "bad_body", message);
  }

  private static ObjectNode line(RouteExplanation.Line line) {
    return JsonBodies.object()
        .put("site", line.site())
        .put("id", line.id())
        .put("match", line.match())
        .put("action", line.action());
  }
}
