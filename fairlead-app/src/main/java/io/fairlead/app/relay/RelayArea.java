package io.fairlead.app.relay;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.codec.MalformedException;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.relay.RelayNode;
import io.fairlead.relay.finder.FinderDriver;
import io.fairlead.relay.finder.FinderInput;
import io.fairlead.relay.finder.ReserveResult;
import io.fairlead.relay.source.RelayPeer;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** {@code /v1/relay}: the node, its relays, and what an operator may do about them. */
public final class RelayArea implements ResourceArea {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration ANSWER = Duration.ofSeconds(25);

  private final Supplier<Optional<RelayNode>> node;
  private final Clock clock;

  /**
   * @param node of this process, if there is one; asked for at each request
   */
  public RelayArea(Supplier<Optional<RelayNode>> node, Clock clock) {
    this.node = node;
    this.clock = clock;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/relay", Role.VIEWER, Effect.READS, this::show),
        Route.of("POST", "/v1/relay/probe", Role.OPERATOR, Effect.CHANGES, this::probe),
        Route.of("POST", "/v1/relay/find", Role.OPERATOR, Effect.CHANGES, this::find),
        Route.of("POST", "/v1/relay/reserve", Role.OPERATOR, Effect.CHANGES, this::reserve)
            .withBody(),
        Route.of("POST", "/v1/relay/ping", Role.OPERATOR, Effect.CHANGES, this::ping).withBody(),
        Route.of("DELETE", "/v1/relay/relays/{peer}", Role.OPERATOR, Effect.CHANGES, this::drop),
        Route.of("DELETE", "/v1/relay/backoff/{peer}", Role.OPERATOR, Effect.CHANGES, this::clear),
        Route.of(
            "DELETE", "/v1/relay/peers/{peer}", Role.OPERATOR, Effect.CHANGES, this::disconnect));
  }

  private CompletionStage<Reply> show(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    Map<String, Object> document = new LinkedHashMap<>();
    document.put("schema", "fairlead.relay/1");
    Optional<RelayNode> there = node.get();
    document.put("enabled", there.isPresent());
    there.ifPresent(one -> document.putAll(RelayReport.of(one, clock)));
    return done(reply(document));
  }

  private CompletionStage<Reply> probe(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    boolean asks = there().probe();
    return done(
        asks
            ? reply(Map.of("schema", "fairlead.relay.probe/1", "asked", true))
            : Reply.error(409, "not_probed", "reachability is configured", "set mode: auto", 0));
  }

  private CompletionStage<Reply> find(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    finder().findNow();
    return done(reply(Map.of("schema", "fairlead.relay.find/1", "asked", true)));
  }

  private CompletionStage<Reply> reserve(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    Multiaddr address = address(request);
    PeerId peer = peerOf(address);
    RelayNode there = there();
    FinderDriver finder = finder();
    there.trust(List.of(address));
    return finder
        .reserveOn(RelayPeer.typed(address))
        .toCompletableFuture()
        .orTimeout(ANSWER.toSeconds(), TimeUnit.SECONDS)
        .handle(
            (result, failure) -> {
              if (failure != null) {
                return Reply.error(409, "not_reserved", text(failure), "", 0);
              }
              if (result != ReserveResult.SUCCESS) {
                return Reply.error(
                    409, "not_reserved", peer + ": " + result.word(), "see back-offs", 0);
              }
              return reply(Map.of("schema", "fairlead.relay.reserved/1", "peer", peer.toString()));
            });
  }

  private CompletionStage<Reply> ping(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    RelayNode there = there();
    JsonNode body = body(request);
    String text = body.path("peer").asString("");
    PeerId peer;
    List<Multiaddr> addresses;
    if (text.startsWith("/")) {
      Multiaddr address = address(text);
      peer = peerOf(address);
      addresses = List.of(address);
    } else {
      peer = peer(text);
      addresses = List.of();
    }
    return there
        .connect(peer, addresses)
        .thenCompose(_ -> there.host().ping(peer))
        .toCompletableFuture()
        .orTimeout(ANSWER.toSeconds(), TimeUnit.SECONDS)
        .handle(
            (trip, failure) -> {
              if (failure != null) return Reply.error(409, "no_answer", text(failure), "", 0);
              Map<String, Object> document = new LinkedHashMap<>();
              document.put("schema", "fairlead.relay.ping/1");
              document.put("peer", peer.toString());
              document.put("rtt_seconds", trip.toNanos() / 1e9);
              document.put(
                  "relayed",
                  there.host().connections(peer).stream()
                      .allMatch(connection -> connection.relayed()));
              return reply(document);
            });
  }

  private CompletionStage<Reply> drop(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    PeerId peer = peer(captured.getOrDefault("peer", ""));
    FinderDriver finder = finder();
    boolean held = finder.report().relays().stream().anyMatch(each -> each.peer().equals(peer));
    if (!held) return done(Reply.error(404, "no_such_relay", peer + " is no relay of ours", "", 0));
    finder.drop(peer);
    return done(reply(Map.of("schema", "fairlead.relay.dropped/1", "peer", peer.toString())));
  }

  private CompletionStage<Reply> clear(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    String text = captured.getOrDefault("peer", "");
    Optional<PeerId> peer = text.equals("all") ? Optional.empty() : Optional.of(peer(text));
    finder().clearBackoff(new FinderInput.ClearBackoff(peer));
    return done(reply(Map.of("schema", "fairlead.relay.backoff_cleared/1", "peer", text)));
  }

  private CompletionStage<Reply> disconnect(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    PeerId peer = peer(captured.getOrDefault("peer", ""));
    int count = there().disconnect(peer);
    return done(
        count == 0
            ? Reply.error(404, "not_connected", peer + " is not connected", "", 0)
            : reply(
                Map.of(
                    "schema",
                    "fairlead.relay.disconnected/1",
                    "peer",
                    peer.toString(),
                    "connections",
                    count)));
  }

  // ---- what was asked -------------------------------------------------------------------------

  private RelayNode there() throws BadRequestException {
    return node.get()
        .orElseThrow(
            () ->
                new BadRequestException(
                    404, "no_relay", "the configuration has no section relay, or it is off"));
  }

  private FinderDriver finder() throws BadRequestException {
    return there()
        .finder()
        .orElseThrow(
            () ->
                new BadRequestException(404, "no_finder", "relay.auto is off or names no relays"));
  }

  private static JsonNode body(ControlRequest request) throws BadRequestException {
    try {
      return JSON.readTree(request.body());
    } catch (JacksonException bad) {
      throw new BadRequestException(400, "bad_body", "a JSON object is expected");
    }
  }

  private static Multiaddr address(ControlRequest request) throws BadRequestException {
    return address(body(request).path("address").asString(""));
  }

  private static Multiaddr address(String text) throws BadRequestException {
    try {
      return Multiaddr.parse(text);
    } catch (MalformedException malformed) {
      throw new BadRequestException(400, "bad_body", text + ": " + malformed.getMessage());
    }
  }

  private static PeerId peerOf(Multiaddr address) throws BadRequestException {
    if (address.peerId().isEmpty() || address.withoutPeer().isEmpty()) {
      throw new BadRequestException(
          400, "bad_body", address + " does not end with its peer: …/p2p/12D3KooW…");
    }
    return address.peerId().get();
  }

  private static PeerId peer(String text) throws BadRequestException {
    try {
      return PeerId.parse(text);
    } catch (MalformedException malformed) {
      throw new BadRequestException(400, "bad_peer", text + ": " + malformed.getMessage());
    }
  }

  private static String text(Throwable failure) {
    Throwable cause = failure.getCause();
    Throwable bare = failure instanceof CompletionException && cause != null ? cause : failure;
    return String.valueOf(bare.getMessage());
  }

  private static Reply reply(Map<String, Object> document) {
    return Reply.of(200, "application/json", JSON.writeValueAsBytes(JSON.valueToTree(document)));
  }

  private static CompletionStage<Reply> done(Reply reply) {
    return CompletableFuture.completedFuture(reply);
  }
}
