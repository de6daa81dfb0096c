package io.fairlead.proxy.netty;

import io.fairlead.net.http.Answer;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.http.RefusedRequest;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.RequestHead.TargetForm;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.proxy.FallbackSites;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.fairlead.proxy.forward.Refusal;
import java.util.Optional;

/** Sends each HTTP request of a proxy's client its way. Shared by all connections of a service. */
final class ProxyRequests implements RequestHandler {
  private final ForwardService service;
  private final Gate gate;
  private final HttpForwarder forwarder;
  private final FallbackSites fallback;

  ProxyRequests(
      ForwardService service, Gate gate, HttpForwarder forwarder, FallbackSites fallback) {
    this.service = service;
    this.gate = gate;
    this.forwarder = forwarder;
    this.fallback = fallback;
  }

  @Override
  public void handle(ServerExchange exchange) {
    ForwardRules rules = service.rules();
    if (exchange.head().method().equals("CONNECT")) {
      new ConnectRequest(service, gate, rules, exchange).begin();
    } else if (exchange.head().form() == TargetForm.ABSOLUTE) {
      new AbsoluteRequest(service, gate, rules, exchange, forwarder).begin();
    } else {
      Optional<RequestHandler> site = rules.config().fallbackHttp().flatMap(fallback::site);
      if (site.isPresent()) {
        site.get().handle(exchange);
      } else {
        Refusal refusal =
            new Refusal(
                Refusal.Kind.NOT_A_PROXY_REQUEST,
                "this is a proxy: the request must name http://host/ or be CONNECT",
                "set forward." + service.id() + ".fallback_http to an http site");
        gate.journal().rejected(refusal.kind());
        exchange.respond(answer(refusal, rules));
      }
    }
  }

  @Override
  public void refused(RefusedRequest request) {
    gate.journal().refused(service.id(), request);
  }

  /** A refusal as an answer. */
  static Answer answer(Refusal refusal, ForwardRules rules) {
    Answer answer =
        Answer.error(refusal.kind().httpStatus(), refusal.kind().code(), refusal.message())
            .withHint(refusal.hint());
    return switch (refusal.kind()) {
      case AUTH_REQUIRED, AUTH_FAILED ->
          answer.with(
              "Proxy-Authenticate",
              "Basic realm=\""
                  + rules.config().auth().map(auth -> auth.realm()).orElse("proxy")
                  + "\", charset=\"UTF-8\"");
      case METHOD_DISABLED -> answer.with("Allow", "GET, HEAD, POST, PUT, DELETE, OPTIONS, PATCH");
      case USER_CONNECTIONS, RESOURCES_EXHAUSTED -> answer.with("Retry-After", "1");
      case MALFORMED -> answer.closing();
      default -> answer;
    };
  }
}
