package io.fairlead.tunnel.server.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.random.Randomness;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.ForwardEvents;
import io.fairlead.net.http.ForwardFailure;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.ResponseHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.tunnel.codec.ServiceKind;
import io.netty.channel.EventLoop;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Requests for hosts of agents, ahead of a site's own routes. A request is a stream of its agent,
 * or one after another on a stream that is kept; its head is rebuilt here, so that an agent
 * receives exactly one request for each. Shared by all event loops.
 */
public final class TunnelSites {
  private static final int TRIES = 2;
  private static final List<String> CLAIMS =
      List.of(
          "forwarded",
          "x-forwarded-for",
          "x-forwarded-proto",
          "x-forwarded-host",
          "x-forwarded-port",
          "x-forwarded-server",
          "x-real-ip");

  private final Hub hub;
  private final TunnelDialer dialer;
  private final HttpForwarder forwarder;
  private final Randomness randomness;

  TunnelSites(Hub hub, TunnelDialer dialer, HttpForwarder forwarder, Randomness randomness) {
    this.hub = hub;
    this.dialer = dialer;
    this.forwarder = forwarder;
    this.randomness = randomness;
  }

  /** Answers what hosts of agents are asked for, and leaves the rest to {@code site}. */
  public void answer(ServerExchange exchange, RequestHandler site) {
    Optional<ServiceGroup> group = group(exchange);
    if (group.isEmpty()) {
      site.handle(exchange);
      return;
    }
    Optional<Member> member = group.get().pick(randomness.generator());
    if (member.isEmpty()) {
      exchange.respond(gone().with("Retry-After", "1"));
      return;
    }
    new Passing(exchange, group.get()).start(member.get());
  }

  private Optional<ServiceGroup> group(ServerExchange exchange) {
    String authority = exchange.head().authority();
    int colon = authority.lastIndexOf(':');
    String host =
        colon > 0 && authority.indexOf(']') < colon ? authority.substring(0, colon) : authority;
    return hub.directory().host(ServiceKind.HTTP, host);
  }

  private static Answer gone() {
    return Answer.error(503, "tunnel_unavailable", "the service is not connected");
  }

  /** One request on its way. Confined to its event loop. */
  private final class Passing implements ForwardEvents {
    private final ServerExchange exchange;
    private final ServiceGroup group;
    private final FieldEdits edits = new FieldEdits();

    Passing(ServerExchange exchange, ServiceGroup group) {
      this.exchange = exchange;
      this.group = group;
    }

    void start(Member member) {
      forwarder.forward(exchange, plan(member), this);
    }

    private ForwardPlan plan(Member member) {
      EventLoop loop = exchange.channel().eventLoop();
      exchange.connection().destination(member.toString());
      exchange.connection().bindDestination(member.agent().principal().entry());
      edits.clear();
      edits
          .dropAll(CLAIMS)
          .add("X-Forwarded-For", exchange.connection().remoteText())
          .add("X-Forwarded-Proto", exchange.head().scheme())
          .add("X-Forwarded-Host", exchange.head().authority())
          .add("Via", exchange.head().minorVersion() == 0 ? "1.0 fairlead" : "1.1 fairlead");
      TunnelDialer.Asker asker = PortFace.asker(exchange.connection());
      boolean h2c = member.offer().h2c();
      return new ForwardPlan(
          new ForwardPlan.Key(
              // One run of an agent: what was pooled for a former one leads nowhere.
              "tunnel/" + member.agent().run(),
              new Destination.Tunnel(member.agent().name(), member.offer().name()),
              h2c ? "h2c" : "http"),
          (_, timeout) -> dialer.connect(member, loop, asker, timeout),
          target(),
          exchange.head().authority(),
          edits,
          true,
          ForwardPlan.Timeouts.DEFAULTS,
          new ForwardPlan.Wire(
              h2c ? ForwardPlan.Protocol.H2C : ForwardPlan.Protocol.H1, false, Set.of()));
    }

    private String target() {
      return exchange.head().pathAndQuery();
    }

    @Override
    public void onResponseHead(ResponseHead head, FieldEdits edits) {}

    @Override
    public Optional<ForwardPlan> retry(int attempt, ForwardFailure failure) {
      if (attempt >= TRIES) return Optional.empty();
      return group.pick(randomness.generator()).map(this::plan);
    }

    @Override
    public Answer answer(ForwardFailure failure) {
      if (failure.dial().isPresent()) {
        DialException dial = failure.dial().get();
        return switch (dial) {
          case DialException.TimedOut _ ->
              Answer.error(504, "tunnel_timeout", "the service did not answer in time");
          case DialException.Unreachable _ -> gone();
          default ->
              Answer.error(
                  502, "tunnel_" + dial.code(), "the service cannot be reached by its agent");
        };
      }
      return Answer.error(
          failure.kind().status(), "tunnel_failed", "the service gave no proper answer");
    }

    @Override
    public void onEnd(ForwardResult result) {
      exchange.connection().bindDestination(Optional.empty());
    }
  }
}
