package io.fairlead.tunnel.server.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.ForwardEvents;
import io.fairlead.net.http.ForwardFailure;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.ForwardResult;
import io.fairlead.net.http.HttpForwarder;
import io.fairlead.net.http.RequestHandler;
import io.fairlead.net.http.ResponseHead;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.ServiceKind;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.jspecify.annotations.Nullable;

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
  private final TunnelJournal journal;
  private final Randomness randomness;

  TunnelSites(
      Hub hub,
      TunnelDialer dialer,
      HttpForwarder forwarder,
      TunnelJournal journal,
      Randomness randomness) {
    this.hub = hub;
    this.dialer = dialer;
    this.forwarder = forwarder;
    this.journal = journal;
    this.randomness = randomness;
  }

  /**
   * Answers what hosts of agents are asked for, and leaves the rest to {@code site}.
   *
   * @param bodyMax of a request
   */
  public void answer(ServerExchange exchange, RequestHandler site, Limit bodyMax) {
    Optional<ServiceGroup> group = group(exchange);
    if (group.isEmpty()) site.handle(exchange);
    else new Passing(exchange, group.get()).start(bodyMax);
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
    private final @Nullable TunnelNote note;

    Passing(ServerExchange exchange, ServiceGroup group) {
      this.exchange = exchange;
      this.group = group;
      this.note = journal.note(exchange);
    }

    void start(Limit bodyMax) {
      if (note != null) exchange.onEnd(note);
      Optional<Member> member = group.pick(randomness.generator());
      if (member.isEmpty()) {
        refuse(gone().with("Retry-After", "1"));
        return;
      }
      if (exchange.head().body() instanceof BodyLength.Fixed(long bytes)
          && !bodyMax.admits(bytes)) {
        refuse(
            Answer.error(413, "body_too_large", "the body exceeds " + bodyMax + " bytes")
                .closing());
        return;
      }
      exchange.bodyMax(bodyMax); // for a body that does not say its length
      if (note != null) note.forwarded();
      forwarder.forward(exchange, plan(member.get()), this);
    }

    private void refuse(Answer answer) {
      if (note != null) note.error(answer.errorCode());
      exchange.respond(answer);
    }

    private ForwardPlan plan(Member member) {
      EventLoop loop = exchange.channel().eventLoop();
      exchange.connection().destination(member.toString());
      if (note != null) note.attempt(member.toString());
      // Of several requests at a time each has an agent of its own; they end with its carriers.
      if (!exchange.multiplexed()) {
        exchange.connection().bindDestination(member.agent().principal().entry());
      }
      edits.clear();
      edits
          .dropAll(CLAIMS)
          .add("X-Forwarded-For", exchange.connection().remoteText())
          .add("X-Forwarded-Proto", exchange.head().scheme())
          .add("X-Forwarded-Host", exchange.head().authority())
          .add("Via", exchange.head().minorVersion() == 0 ? "1.0 fairlead" : "1.1 fairlead");
      TunnelDialer.Asker asker = PortFace.asker(exchange.connection());
      boolean h2c = member.offer().requests().h2c();
      return new ForwardPlan(
          key(member),
          (_, timeout) -> dial(member, loop, asker, timeout),
          target(),
          exchange.head().authority(),
          edits,
          true,
          ForwardPlan.Timeouts.DEFAULTS,
          new ForwardPlan.Wire(
              h2c ? ForwardPlan.Protocol.H2C : ForwardPlan.Protocol.H1, false, Set.of()));
    }

    private ForwardPlan.Key key(Member member) {
      Offer.Requests requests = member.offer().requests();
      ForwardPlan.Key key =
          new ForwardPlan.Key(
              // One run of an agent, one place of its service: what was pooled for a former one
              // leads nowhere, or elsewhere.
              "tunnel/" + member.agent().run() + "/" + requests.revision(),
              new Destination.Tunnel(member.agent().name(), member.offer().name()),
              requests.h2c() ? "h2c" : "http");
      return requests.perClient() ? key.ownedBy(exchange.connection().id()) : key;
    }

    private CompletionStage<Channel> dial(
        Member member, EventLoop loop, TunnelDialer.Asker asker, Duration timeout) {
      CompletableFuture<Channel> dial = dialer.connect(member, loop, asker, timeout);
      TunnelNote told = note;
      if (told != null) {
        long begunNanos = journal.clock().nanos();
        var _ = dial.whenComplete((_, _) -> told.connected(journal.clock().nanos() - begunNanos));
      }
      return dial;
    }

    private String target() {
      return exchange.head().pathAndQuery();
    }

    @Override
    public void onResponseHead(ResponseHead head, FieldEdits edits) {
      if (note != null) note.answered();
    }

    @Override
    public Optional<ForwardPlan> retry(int attempt, ForwardFailure failure) {
      if (attempt >= TRIES) return Optional.empty();
      return group.pick(randomness.generator()).map(this::plan);
    }

    @Override
    public Answer answer(ForwardFailure failure) {
      Answer answer = say(failure);
      if (note != null) note.error(answer.errorCode());
      return answer;
    }

    private Answer say(ForwardFailure failure) {
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
      if (!exchange.multiplexed()) exchange.connection().bindDestination(Optional.empty());
      if (note != null) note.ended(result);
    }
  }
}
