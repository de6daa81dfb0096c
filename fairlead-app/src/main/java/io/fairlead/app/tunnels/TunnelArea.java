package io.fairlead.app.tunnels;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.address.PortRange;
import io.fairlead.tunnel.TunnelAgent;
import io.fairlead.tunnel.TunnelServer;
import io.fairlead.tunnel.agent.netty.AgentDriver;
import io.fairlead.tunnel.codec.JoinToken;
import io.fairlead.tunnel.codec.TokenRecord;
import io.fairlead.tunnel.server.netty.AgentReport;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code /v1/tunnels}: agents, tokens, and this process's own agent. */
public final class TunnelArea implements ResourceArea {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final Supplier<Optional<TunnelServer>> server;
  private final Supplier<Optional<TunnelAgent>> agent;

  /**
   * @param server of this process, if there is one; asked for at each request
   * @param agent the same
   */
  public TunnelArea(
      Supplier<Optional<TunnelServer>> server, Supplier<Optional<TunnelAgent>> agent) {
    this.server = server;
    this.agent = agent;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/tunnels", Role.VIEWER, Effect.READS, this::agents),
        Route.of("DELETE", "/v1/tunnels/{agent}", Role.OPERATOR, Effect.CHANGES, this::cut),
        Route.of("GET", "/v1/tunnel-tokens", Role.VIEWER, Effect.READS, this::tokens),
        Route.of("POST", "/v1/tunnel-tokens", Role.ADMIN, Effect.CHANGES, this::newToken)
            .withBody(),
        Route.of(
            "DELETE", "/v1/tunnel-tokens/{agent}", Role.OPERATOR, Effect.CHANGES, this::revoke));
  }

  private CompletionStage<Reply> agents(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead.tunnels/1");
    List<Map<String, Object>> list = new ArrayList<>();
    server.get().ifPresent(there -> there.agents().forEach(each -> list.add(agent(each))));
    document.put("agents", list);
    agent
        .get()
        .flatMap(TunnelAgent::status)
        .ifPresent(status -> document.put("agent", own(status)));
    return done(reply(document));
  }

  private static Map<String, Object> agent(AgentReport report) {
    Map<String, Object> one = new LinkedHashMap<>();
    one.put("name", report.name());
    if (!report.entry().isEmpty()) one.put("entry", report.entry());
    one.put("connected", report.connected());
    one.put("remote", report.remote());
    one.put("since_seconds", report.since().toMillis() / 1000.0);
    one.put("rtt_seconds", report.rtt().toNanos() / 1e9);
    one.put("carriers", report.carriers());
    one.put("streams", report.streams());
    List<Map<String, Object>> services = new ArrayList<>();
    for (AgentReport.Service each : report.services()) {
      Map<String, Object> service = new LinkedHashMap<>();
      service.put("name", each.name());
      service.put("type", each.type());
      service.put("at", each.at());
      service.put("streams", each.streams());
      service.put("opened", each.opened());
      service.put("failed", each.failed());
      service.put("received_bytes", each.receivedBytes());
      service.put("sent_bytes", each.sentBytes());
      services.add(service);
    }
    one.put("services", services);
    return one;
  }

  private static Map<String, Object> own(AgentDriver.Status status) {
    Map<String, Object> own = new LinkedHashMap<>();
    own.put("name", status.name());
    own.put("connected", status.connected());
    own.put("server", status.server());
    own.put("carriers", status.carriers());
    own.put("rtt_seconds", status.rttNanos() / 1e9);
    own.put("exposed", status.exposed());
    own.put("refused", status.refused());
    return own;
  }

  private CompletionStage<Reply> cut(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    String name = captured.getOrDefault("agent", "");
    return done(
        there().cut(name, "operator")
            ? reply(Map.of("schema", "fairlead.tunnel.cut/1", "agent", name))
            : Reply.error(404, "no_such_agent", name + ": no such agent is connected", "", 0));
  }

  private CompletionStage<Reply> tokens(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    List<Map<String, Object>> list = new ArrayList<>();
    for (TokenRecord each : there().tokens()) {
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", each.name());
      one.put("created", each.created());
      one.put("revoked", each.revoked());
      one.put("http_hosts", each.hosts());
      one.put("tcp_ports", each.tcpPorts());
      one.put("udp_ports", each.udpPorts());
      list.add(one);
    }
    return done(reply(Map.of("schema", "fairlead.tunnel.tokens/1", "tokens", list)));
  }

  private CompletionStage<Reply> newToken(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    JsonNode body;
    try {
      body = JSON.readTree(request.body());
    } catch (JacksonException bad) {
      throw new BadRequestException(400, "bad_body", "a JSON object is expected");
    }
    TunnelServer there = there();
    String name = body.path("name").asString("");
    List<String> tcp = ranges(body, "tcp_ports");
    List<String> udp = ranges(body, "udp_ports");
    List<String> hosts = texts(body, "http_hosts");
    return apart(
        () -> {
          try {
            JoinToken token = there.newToken(name, hosts, tcp, udp);
            Map<String, Object> document = new LinkedHashMap<>();
            document.put("schema", "fairlead.tunnel.token/1");
            document.put("name", name);
            document.put("token", token.text());
            return reply(document);
          } catch (IllegalArgumentException unfit) {
            return Reply.error(400, "bad_body", String.valueOf(unfit.getMessage()), "", 0);
          } catch (IOException full) {
            return Reply.error(500, "not_written", String.valueOf(full.getMessage()), "", 0);
          }
        });
  }

  private CompletionStage<Reply> revoke(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    String name = captured.getOrDefault("agent", "");
    TunnelServer there = there();
    return apart(
        () -> {
          try {
            return there.revokeToken(name, "control")
                ? reply(Map.of("schema", "fairlead.tunnel.token_revoked/1", "name", name))
                : Reply.error(404, "no_such_token", name + ": no token in force", "", 0);
          } catch (IOException full) {
            return Reply.error(500, "not_written", String.valueOf(full.getMessage()), "", 0);
          }
        });
  }

  /** Writes to a disk: not on the control API's loop. */
  private static CompletionStage<Reply> apart(Supplier<Reply> work) {
    CompletableFuture<Reply> answer = new CompletableFuture<>();
    Thread.ofVirtual()
        .name("tunnel-tokens")
        .start(
            () -> {
              try {
                answer.complete(work.get());
              } catch (RuntimeException failure) {
                answer.completeExceptionally(failure);
              }
            });
    return answer;
  }

  private static List<String> texts(JsonNode body, String name) {
    List<String> texts = new ArrayList<>();
    body.path(name).forEach(each -> texts.add(each.asString("")));
    return texts;
  }

  private static List<String> ranges(JsonNode body, String name) throws BadRequestException {
    List<String> texts = texts(body, name);
    for (String text : texts) {
      if (PortRange.parse(text).isEmpty()) {
        throw new BadRequestException(
            400, "bad_body", name + ": " + text + " is no range of ports");
      }
    }
    return texts;
  }

  private TunnelServer there() throws BadRequestException {
    return server
        .get()
        .orElseThrow(
            () ->
                new BadRequestException(
                    404, "no_tunnel_server", "the configuration has no tunnels.server"));
  }

  private static Reply reply(Map<String, Object> document) {
    return Reply.of(200, "application/json", JSON.writeValueAsBytes(JSON.valueToTree(document)));
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
