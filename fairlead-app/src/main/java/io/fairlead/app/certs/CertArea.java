package io.fairlead.app.certs;

import io.fairlead.control.access.Role;
import io.fairlead.control.http.BadRequestException;
import io.fairlead.control.http.ControlRequest;
import io.fairlead.control.http.Reply;
import io.fairlead.control.http.ResourceArea;
import io.fairlead.control.http.Router.Effect;
import io.fairlead.control.http.Router.Route;
import io.fairlead.net.certs.CertKeeper;
import io.fairlead.net.certs.CertReport;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.PemText;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * {@code GET /v1/certs}, and {@code POST /v1/certs/{id}/renew}: 200 when it is done, 202 when an
 * order was begun.
 */
public final class CertArea implements ResourceArea {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final CertKeeper keeper;

  public CertArea(CertKeeper keeper) {
    this.keeper = keeper;
  }

  @Override
  public List<Route> routes() {
    return List.of(
        Route.of("GET", "/v1/certs", Role.VIEWER, Effect.READS, this::list),
        Route.of("POST", "/v1/certs/{id}/renew", Role.OPERATOR, Effect.CHANGES, this::renew));
  }

  private CompletionStage<Reply> list(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    ObjectNode json = document("certs");
    ArrayNode list = json.putArray("certs");
    for (CertReport report : keeper.report()) list.add(cert(report));
    keeper
        .authority()
        .ifPresent(
            authority ->
                json.putObject("internal_ca")
                    .put("subject", authority.getSubjectX500Principal().getName())
                    .put("not_after", authority.getNotAfter().toInstant().toString())
                    .put("fingerprint", CertifiedKey.fingerprint(authority))
                    .put("pem", PemText.of(List.of(authority))));
    return done(200, json);
  }

  private CompletionStage<Reply> renew(ControlRequest request, Map<String, String> captured)
      throws BadRequestException {
    request.query().allowOnly(Set.of());
    String id = captured.getOrDefault("id", "");
    CertKeeper.Renewed result = keeper.renew(id);
    Optional<CertReport> report =
        keeper.report().stream().filter(each -> each.id().equals(id)).findFirst();
    if (report.isEmpty()) {
      return CompletableFuture.completedFuture(
          Reply.error(
              404,
              "no_such_cert",
              id + ": no certificate in use has this name",
              "GET /v1/certs lists them",
              0));
    }
    ObjectNode json = document("cert");
    json.put("result", result.name().toLowerCase(Locale.ROOT));
    json.set("cert", cert(report.get()));
    return switch (result) {
      case DONE -> done(200, json);
      case ORDERED -> done(202, json);
      case NO_SUCH, FAILED ->
          CompletableFuture.completedFuture(
              Reply.error(
                  409,
                  "not_renewed",
                  id + ": " + report.get().lastError().orElse("could not be renewed"),
                  "the certificate before serves on",
                  0));
    };
  }

  private static ObjectNode cert(CertReport report) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("id", report.id())
        .put("source", report.source())
        .put("state", report.state().name().toLowerCase(Locale.ROOT));
    ArrayNode names = json.putArray("names");
    report.held().map(CertifiedKey::names).ifPresent(held -> held.forEach(names::add));
    ArrayNode hosts = json.putArray("hosts");
    report.hosts().forEach(hosts::add);
    if (report.held().isPresent()) {
      CertifiedKey held = report.held().get();
      json.put("issuer", held.issuer())
          .put("serial", held.certificate().getSerialNumber().toString(16))
          .put("key", held.key().getAlgorithm())
          .put("fingerprint", held.fingerprint())
          .put("not_before", held.notBefore().toString())
          .put("not_after", held.notAfter().toString());
    }
    report.due().ifPresent(due -> json.put("due", due.toString()));
    report.lastError().ifPresent(error -> json.put("last_error", error));
    return json;
  }

  private static ObjectNode document(String name) {
    return JsonNodeFactory.instance.objectNode().put("schema", "fairlead." + name + "/1");
  }

  private static CompletionStage<Reply> done(int status, ObjectNode json) {
    return CompletableFuture.completedFuture(
        Reply.of(status, "application/json", JSON.writeValueAsBytes(json)));
  }
}
