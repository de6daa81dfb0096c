package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import io.fairlead.app.cli.ControlCommands.Request;
import io.fairlead.core.file.StagedFile;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** {@code cert list | renew | internal-ca export|trust}: through the running gateway. */
final class CertCommands {
  private static final long UPDATE_SECONDS_MAX = 60;

  /** Where a system keeps authorities its operator added, and what makes it read them. */
  private record TrustStore(Path folder, List<String> update) {}

  private static final List<TrustStore> STORES =
      List.of(
          new TrustStore(
              Path.of("/usr/local/share/ca-certificates"), List.of("update-ca-certificates")),
          new TrustStore(
              Path.of("/etc/pki/ca-trust/source/anchors"), List.of("update-ca-trust", "extract")),
          new TrustStore(
              Path.of("/etc/ca-certificates/trust-source/anchors"),
              List.of("trust", "extract-compat")));

  private final ControlCommands control;

  CertCommands(ControlCommands control) {
    this.control = control;
  }

  Command group() {
    return Command.group(
        "cert",
        "certificates of the running gateway",
        List.of(
            Command.leaf(
                "list",
                "names, expiry and source; exit 3 when one is missing, expired or failing",
                List.of(),
                List.of(),
                this::list),
            Command.leaf(
                "renew",
                "get the next certificate now",
                List.of(),
                List.of(new Positional("NAME", true, List.of(), "as in section certs")),
                this::renew),
            Command.group(
                "internal-ca",
                "the authority behind `internal: true`",
                List.of(
                    Command.leaf(
                        "export",
                        "its certificate, PEM",
                        List.of(value("FILE", "write it there", "--out")),
                        List.of(),
                        this::export),
                    Command.leaf(
                        "trust",
                        "add it to what this system trusts",
                        List.of(value("DIR", "put it into this folder only", "--store")),
                        List.of(),
                        this::trust)))));
  }

  private int list(Call call) throws CommandFailure, IOException {
    var report = report(call);
    boolean well = true;
    for (var cert : Json.children(report, "certs")) {
      String state = Json.text(cert, "state").orElse("");
      Optional<String> error = Json.text(cert, "last_error");
      well &= error.isEmpty() && !state.equals("missing") && !state.equals("expired");
      if (!call.json()) call.terminal().data(line(cert, state, error));
    }
    if (call.json()) call.terminal().data(Json.print(report));
    return well ? Exit.OK : Exit.DEGRADED;
  }

  private static String line(
      Map<String, @Nullable Object> cert, String state, Optional<String> error) {
    String names =
        cert.get("names") instanceof List<?> list
            ? String.join(",", list.stream().map(String::valueOf).toList())
            : "";
    return Json.text(cert, "id").orElse("")
        + "  "
        + Json.text(cert, "source").orElse("")
        + "  "
        + state
        + Json.text(cert, "not_after").map(end -> "  until " + end).orElse("")
        + Json.text(cert, "due").map(due -> "  due " + due).orElse("")
        + (names.isEmpty() ? "" : "  " + names)
        + error.map(why -> "  " + why).orElse("");
  }

  private int renew(Call call) throws CommandFailure, IOException {
    String id = call.word(0).orElse("");
    String path =
        "/v1/certs/"
            + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20")
            + "/renew";
    ControlClient.Answer answer = control.ask(call, new Request("POST", path));
    if (answer.status() != 200 && answer.status() != 202) {
      throw ControlCommands.refused(call, answer);
    }
    var report = ControlCommands.understood(answer);
    call.terminal()
        .data(
            call.json()
                ? Json.print(report)
                : id
                    + (answer.status() == 202
                        ? ": ordered; see fairlead cert list"
                        : ": until "
                            + Json.text(Json.child(report, "cert"), "not_after").orElse("?")));
    return Exit.OK;
  }

  private int export(Call call) throws CommandFailure, IOException {
    String pem = pem(call);
    Optional<Path> file = call.path("--out");
    if (file.isEmpty()) {
      call.terminal().data(pem.stripTrailing());
      return Exit.OK;
    }
    publish(file.get(), pem);
    call.terminal().say(file.get() + ": written");
    return Exit.OK;
  }

  private int trust(Call call) throws CommandFailure, IOException, InterruptedException {
    String pem = pem(call);
    var authority = Json.child(report(call), "internal_ca");
    // One file for each authority: a second gateway's must not push out the first's.
    String name =
        "fairlead-" + Json.text(authority, "fingerprint").orElse("").substring(0, 16) + ".crt";
    Optional<Path> store = call.path("--store");
    if (store.isPresent()) {
      publish(store.get().resolve(name), pem);
      call.terminal().say(store.get().resolve(name) + ": written");
      return Exit.OK;
    }
    for (TrustStore known : STORES) {
      if (!Files.isDirectory(known.folder())) continue;
      if (!Files.isWritable(known.folder())) {
        throw new CommandFailure(
            Exit.NOT_ALLOWED,
            "not_allowed",
            known.folder() + ": only root may change what this system trusts",
            "as root, or: fairlead cert internal-ca export --out ca.crt");
      }
      publish(known.folder().resolve(name), pem);
      update(known);
      call.terminal().say(known.folder().resolve(name) + ": trusted by this system");
      return Exit.OK;
    }
    throw new CommandFailure(
        Exit.UNAVAILABLE,
        "no_trust_store",
        "this system's list of trusted authorities is not known",
        "fairlead cert internal-ca export --out ca.crt, and add that file by hand");
  }

  private static void update(TrustStore store)
      throws CommandFailure, IOException, InterruptedException {
    Process process;
    try {
      process =
          new ProcessBuilder(store.update())
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
    } catch (IOException missing) {
      throw failed(store, "cannot be started");
    }
    if (!process.waitFor(UPDATE_SECONDS_MAX, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw failed(store, "did not end");
    }
    if (process.exitValue() != 0) throw failed(store, "exit " + process.exitValue());
  }

  private static CommandFailure failed(TrustStore store, String why) {
    return new CommandFailure(
        Exit.FAILURE,
        "update_failed",
        store.update().getFirst() + ": " + why,
        "run it by hand; the certificate is in " + store.folder());
  }

  private static void publish(Path file, String pem) throws IOException {
    StagedFile.write(file, pem.getBytes(StandardCharsets.US_ASCII)).publish();
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private String pem(Call call) throws CommandFailure, IOException {
    return Json.text(Json.child(report(call), "internal_ca"), "pem")
        .orElseThrow(
            () ->
                new CommandFailure(
                    Exit.NO_INPUT,
                    "no_internal_ca",
                    "no certificate of the running gateway is internal",
                    "certs: { local: { internal: true, hosts: [localhost] } }"));
  }

  private Map<String, @Nullable Object> report(Call call) throws CommandFailure, IOException {
    ControlClient.Answer answer = control.ask(call, new Request("GET", "/v1/certs"));
    if (answer.status() != 200) throw ControlCommands.refused(call, answer);
    return ControlCommands.understood(answer);
  }
}
