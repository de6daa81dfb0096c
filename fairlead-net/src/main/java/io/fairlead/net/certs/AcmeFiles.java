package io.fairlead.net.certs;

import io.fairlead.core.config.ConfigException;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.PemText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is kept of one certificate from an ACME server: the last one issued, and how the attempts
 * since went, so that a gateway that is restarted over and over does not ask over and over.
 */
final class AcmeFiles {
  private static final String BUNDLE = "cert.pem";
  private static final String ATTEMPTS = "attempts";

  private final Path folder;

  AcmeFiles(Path folder) {
    this.folder = folder;
  }

  /** How the last attempts went. */
  record Attempts(int failures, Instant notBefore) {}

  /** The certificate kept, unless there is none or it is out of date or damaged. */
  Optional<CertifiedKey> load(Instant now, String path) {
    Path bundle = folder.resolve(BUNDLE);
    if (!Files.exists(bundle)) return Optional.empty();
    try {
      return Optional.of(CertifiedKey.read(bundle, bundle, now, path));
    } catch (ConfigException unusable) {
      return Optional.empty(); // another one is ordered
    }
  }

  /** Chain and key in one file, so that they never part. */
  void save(CertifiedKey cert) throws IOException {
    create();
    PemText.write(folder.resolve(BUNDLE), PemText.of(cert.chain()) + PemText.of(cert.key()));
    Files.deleteIfExists(folder.resolve(ATTEMPTS));
  }

  void save(Attempts attempts) throws IOException {
    create();
    PemText.write(
        folder.resolve(ATTEMPTS), attempts.failures() + "\n" + attempts.notBefore() + "\n");
  }

  Optional<Attempts> attempts() {
    Path file = folder.resolve(ATTEMPTS);
    if (!Files.exists(file)) return Optional.empty();
    try {
      var lines = Files.readAllLines(file);
      if (lines.size() < 2) return Optional.empty();
      OptionalInt failures = number(lines.get(0));
      if (failures.isEmpty()) return Optional.empty();
      return Optional.of(new Attempts(failures.getAsInt(), Instant.parse(lines.get(1))));
    } catch (IOException | DateTimeParseException damaged) {
      return Optional.empty();
    }
  }

  private static OptionalInt number(String text) {
    return text.matches("[0-9]{1,6}")
        ? OptionalInt.of(Integer.parseInt(text))
        : OptionalInt.empty();
  }

  private void create() throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
  }
}
