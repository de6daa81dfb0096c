package io.fairlead.app.doctor;

import io.fairlead.app.GatewayConfig;
import io.fairlead.app.config.ListenerConfig;
import io.fairlead.app.config.ListenerConfig.Proto;
import io.fairlead.control.access.PeerProof;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is open to others: the hardening checklist, live. */
final class SecurityChecks {
  private SecurityChecks() {}

  static List<Finding> all(Optional<GatewayConfig> config, Optional<Path> file) {
    List<Finding> findings = new ArrayList<>();
    findings.add(user());
    file.ifPresent(found -> findings.add(configFile(found)));
    config.ifPresent(
        found -> {
          found.listeners().values().forEach(listener -> findings.add(listener(listener)));
          found
              .forward()
              .forEach(
                  (id, service) -> {
                    if (service.auth().isEmpty()) {
                      findings.add(
                          Finding.warn(
                              "auth.forward." + id,
                              "whoever reaches it may use it, without an account",
                              "add auth: { users_file: … }"));
                    }
                  });
          found
              .upstreams()
              .clusters()
              .forEach(
                  (id, cluster) -> {
                    if (cluster.tls().insecureSkipVerify()) {
                      findings.add(
                          Finding.fail(
                              "tls.upstream." + id,
                              "any certificate is accepted: whoever is in between reads all",
                              "remove insecure_skip_verify, name the authority with ca"));
                    }
                  });
          findings.addAll(control(found));
        });
    return findings;
  }

  private static Finding user() {
    return PeerProof.ownUid().orElse(-1) == 0
        ? Finding.warn(
            "user",
            "this is root; a gateway needs no more than CAP_NET_BIND_SERVICE for ports below 1024",
            "run it as a user of its own")
        : Finding.ok("user", "not root");
  }

  private static Finding configFile(Path file) {
    try {
      Set<PosixFilePermission> modes = Files.getPosixFilePermissions(file);
      if (modes.contains(PosixFilePermission.GROUP_WRITE)
          || modes.contains(PosixFilePermission.OTHERS_WRITE)) {
        return Finding.fail("mode.config", file + ": others may write it", "chmod go-w " + file);
      }
    } catch (IOException | UnsupportedOperationException unknown) {
      return Finding.ok("mode.config", file + ": this system does not say who may write it");
    }
    return Finding.ok("mode.config", file + ": only its owner may write it");
  }

  private static Finding listener(ListenerConfig listener) {
    String check = "open." + listener.id();
    if (listener.bind().local()) return Finding.ok(check, listener.bind() + ": this machine only");
    if (listener.tls().isPresent()) {
      return Finding.ok(check, listener.bind() + ": open to other machines, with TLS");
    }
    return Finding.warn(
        check,
        listener.bind()
            + ": open to other machines without TLS"
            + (listener.proto() == Proto.MIXED ? ", passwords included" : ""),
        "add tls: { cert: … }, or bind 127.0.0.1");
  }

  private static List<Finding> control(GatewayConfig config) {
    List<Finding> findings = new ArrayList<>();
    var control = config.control();
    if (!control.enabled()) return findings;
    boolean remote = control.listen().map(address -> !address.local()).orElse(false);
    if (remote) {
      findings.add(
          Finding.warn(
              "open.control",
              "other machines can reach the control API (with TLS and a token or login)",
              "prefer 127.0.0.1 and a tunnel such as ssh -L"));
    } else {
      findings.add(Finding.ok("open.control", "this machine only"));
    }
    findings.add(
        control.compatGet()
            ? Finding.ok(
                "control.compat_get", "short paths work for the own user and root of this machine")
            : Finding.ok("control.compat_get", "short paths are off"));
    if (!control.corsOrigins().isEmpty()) {
      findings.add(
          Finding.warn(
              "control.cors_origins",
              "pages of " + control.corsOrigins() + " may use tokens",
              "empty it unless such a page is meant"));
    }
    if (!control.allowUids().isEmpty()) {
      findings.add(
          Finding.warn(
              "control.allow_uids",
              "users " + control.allowUids() + " are administrators of the gateway",
              "prefer tokens with a role"));
    }
    return findings;
  }
}
