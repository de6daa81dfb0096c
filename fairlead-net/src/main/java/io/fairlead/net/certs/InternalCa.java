package io.fairlead.net.certs;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.random.Randomness;
import io.fairlead.net.NetCodes;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.PemText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyPair;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;

/**
 * An authority of this gateway alone, for names no public authority vouches for. Its key and its
 * certificate lie below the state directory, readable to nobody else; those it issues are held in
 * memory only. Immutable.
 */
public final class InternalCa {
  private static final Duration ROOT_LIFE = Duration.ofDays(3650);
  private static final Duration LEAF_LIFE = Duration.ofDays(90);
  private static final String CERTIFICATE = "ca.crt";
  private static final String KEY = "ca.key";

  private final CertifiedKey root;
  private final CertWriter writer;

  private InternalCa(CertifiedKey root, Randomness randomness) {
    this.root = root;
    this.writer = new CertWriter(randomness);
  }

  /** Its certificate's file, for those who are to trust it. */
  public static Path certificateFile(Path stateDir) {
    return stateDir.resolve("ca").resolve(CERTIFICATE);
  }

  /**
   * Opens the authority of a state directory, or makes it.
   *
   * @param path key path of the first certificate that needs it, for the problem
   * @throws ConfigException its files are damaged, expired, or cannot be written
   */
  public static InternalCa open(Path stateDir, Randomness randomness, Instant now, String path)
      throws ConfigException {
    Path folder = stateDir.resolve("ca");
    Path certificate = folder.resolve(CERTIFICATE);
    Path key = folder.resolve(KEY);
    if (!Files.exists(certificate) && !Files.exists(key)) {
      try {
        create(folder, randomness, now);
      } catch (IOException failure) {
        throw new ConfigException(
            Problem.error(
                NetCodes.PEM_UNREADABLE.id(),
                path,
                Problem.Place.NOWHERE,
                folder + ": the internal authority cannot be written: " + failure.getMessage(),
                "check the state directory and its permissions"));
      }
    }
    return new InternalCa(CertifiedKey.read(certificate, key, now, path), randomness);
  }

  private static void create(Path folder, Randomness randomness, Instant now) throws IOException {
    Files.createDirectories(
        folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    KeyPair pair = CertWriter.newKey();
    // Its own name on each machine: browsers mistake one authority for another of the same name.
    String name = "Fairlead internal CA " + HexFormat.of().formatHex(randomness.secureBytes(4));
    X509Certificate certificate = new CertWriter(randomness).root(name, pair, now, ROOT_LIFE);
    PemText.write(folder.resolve(KEY), PemText.of(pair.getPrivate()));
    PemText.write(folder.resolve(CERTIFICATE), PemText.of(List.of(certificate)));
  }

  public X509Certificate certificate() {
    return root.certificate();
  }

  /**
   * Issues a certificate for 90 days, less when the authority itself ends before.
   *
   * @param hosts names and addresses, one or more
   */
  public CertifiedKey issue(List<String> hosts, Instant now) {
    KeyPair pair = CertWriter.newKey();
    Duration left = Duration.between(now, root.notAfter());
    X509Certificate leaf =
        writer.server(
            hosts,
            pair.getPublic(),
            root.certificate(),
            new KeyPair(root.certificate().getPublicKey(), root.key()),
            now,
            left.compareTo(LEAF_LIFE) < 0 ? left : LEAF_LIFE);
    // With the root: who knows only its key, as a tunnel's token does, finds it in the chain.
    return CertifiedKey.of(pair.getPrivate(), List.of(leaf, root.certificate()));
  }
}
