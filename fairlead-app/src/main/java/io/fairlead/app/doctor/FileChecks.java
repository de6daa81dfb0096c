package io.fairlead.app.doctor;

import io.fairlead.app.GatewayConfig;
import io.fairlead.app.audit.AuditChain;
import io.fairlead.app.audit.AuditConfig;
import io.fairlead.app.config.CertConfig;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.certs.CertSource;
import io.fairlead.net.tls.CertifiedKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Folders to write to, certificates with their keys, files that hold secrets. */
final class FileChecks {
  private static final Duration RENEWAL_DUE = Duration.ofDays(21);
  private static final Set<PosixFilePermission> OTHERS =
      Set.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private FileChecks() {}

  static List<Finding> all(GatewayConfig config, Clock clock) {
    List<Finding> findings = new ArrayList<>();
    Path state = config.runtime().stateDir();
    findings.add(folder("state_dir", "runtime.state_dir", state));
    findings.addAll(privateFile("control.token", state.resolve("control.token")));
    config.certs().forEach((id, cert) -> findings.addAll(certificate(id, cert, clock.wall())));
    config
        .control()
        .users()
        .forEach(
            user ->
                findings.addAll(privateFile("control.users." + user.name(), user.passwordFile())));
    config
        .forward()
        .forEach(
            (id, service) ->
                service
                    .auth()
                    .flatMap(auth -> auth.usersFile())
                    .ifPresent(
                        file -> findings.addAll(privateFile("forward." + id + ".users", file))));
    if (!(config.logs().audit().place() instanceof AuditConfig.Place.Off)) {
      config
          .logs()
          .audit()
          .file(state)
          .filter(Files::exists)
          .map(FileChecks::audit)
          .ifPresent(findings::add);
    }
    return findings;
  }

  /** Whether a chain of audit lines is whole. */
  static Finding audit(Path file) {
    try {
      return switch (AuditChain.verify(file)) {
        case AuditChain.Verdict.Whole whole ->
            Finding.ok(
                "audit",
                "%s: %d lines in %d files from number %d on, the chain is whole%s"
                    .formatted(
                        file,
                        whole.lines(),
                        whole.files().size(),
                        whole.firstSeq(),
                        whole.tornBytes() > 0 ? "; its last line is not finished" : ""));
        case AuditChain.Verdict.Broken broken ->
            Finding.fail(
                "audit",
                broken.file() + ":" + broken.line() + ": " + broken.reason(),
                "somebody changed the file, or a disk did: compare it with a copy");
      };
    } catch (IOException unreadable) {
      return Finding.fail("audit", file + ": cannot be read: " + unreadable, "check the path");
    }
  }

  /**
   * Whether it can be written to, or made.
   *
   * @param key that names it
   */
  static Finding folder(String check, String key, Path folder) {
    if (!Files.exists(folder)) {
      Path parent = folder.toAbsolutePath().getParent();
      while (parent != null && !Files.exists(parent)) parent = parent.getParent();
      return parent != null && Files.isWritable(parent)
          ? Finding.ok(check, folder + ": will be made")
          : Finding.fail(check, folder + ": cannot be made", "make it, or set " + key);
    }
    if (!Files.isDirectory(folder) || !Files.isWritable(folder)) {
      return Finding.fail(check, folder + ": cannot be written to", "chown or chmod it");
    }
    return open(folder)
        ? Finding.warn(check, folder + ": others may read it", "chmod 700 " + folder)
        : Finding.ok(check, folder + ": writable, and private");
  }

  static List<Finding> privateFile(String check, Path file) {
    if (!Files.exists(file)) return List.of();
    return List.of(
        open(file)
            ? Finding.warn("mode." + check, file + ": others may read it", "chmod 600 " + file)
            : Finding.ok("mode." + check, file + ": private"));
  }

  private static boolean open(Path file) {
    try {
      return Files.getPosixFilePermissions(file).stream().anyMatch(OTHERS::contains);
    } catch (IOException | UnsupportedOperationException unknown) {
      return false;
    }
  }

  private static List<Finding> certificate(String id, CertConfig cert, Instant now) {
    String check = "tls." + id;
    if (cert.files().isEmpty()) return List.of(); // renewed by the gateway itself
    CertSource.Files files = cert.files().get();
    List<Finding> findings = new ArrayList<>(privateFile(check, files.key()));
    try {
      X509Certificate own =
          CertifiedKey.read(files.cert(), files.key(), now, "/certs/" + id).certificate();
      Instant end = own.getNotAfter().toInstant();
      Duration left = Duration.between(now, end);
      findings.add(
          left.compareTo(RENEWAL_DUE) < 0
              ? Finding.warn(check, "expires in " + left.toDays() + " days, at " + end, "renew it")
              : Finding.ok(check, "key and certificate belong together, valid until " + end));
      chain(files.cert(), own).ifPresent(findings::add);
    } catch (ConfigException refused) {
      refused
          .problems()
          .forEach(
              problem ->
                  findings.add(
                      Finding.fail(
                          check,
                          problem.message(),
                          problem.hint().isEmpty()
                              ? "see: fairlead help " + problem.code()
                              : problem.hint())));
    }
    return findings;
  }

  /** Each certificate of the file must be issued by the next; a lone one must be its own issuer. */
  private static Optional<Finding> chain(Path file, X509Certificate own) {
    try (InputStream in = Files.newInputStream(file)) {
      Collection<? extends java.security.cert.Certificate> all =
          CertificateFactory.getInstance("X.509").generateCertificates(in);
      List<X509Certificate> chain = new ArrayList<>();
      for (java.security.cert.Certificate each : all) {
        if (each instanceof X509Certificate certificate) chain.add(certificate);
      }
      if (chain.size() == 1) {
        boolean selfMade = own.getIssuerX500Principal().equals(own.getSubjectX500Principal());
        return selfMade
            ? Optional.of(
                Finding.warn(
                    "tls.chain",
                    file + ": vouches for itself, browsers will ask",
                    "fine for tests"))
            : Optional.of(
                Finding.warn(
                    "tls.chain",
                    file + ": holds no certificate of its issuer, some clients will refuse it",
                    "append the intermediate certificates"));
      }
      for (int i = 0; i + 1 < chain.size(); i++) {
        if (!chain
            .get(i)
            .getIssuerX500Principal()
            .equals(chain.get(i + 1).getSubjectX500Principal())) {
          return Optional.of(
              Finding.fail(
                  "tls.chain",
                  file + ": certificate " + (i + 2) + " is not the issuer of the one before it",
                  "order them: the server's own first, then each issuer"));
        }
      }
      return Optional.empty();
    } catch (IOException | CertificateException unreadable) {
      return Optional.empty(); // told already, by whoever read the file for its key
    }
  }
}
