package io.fairlead.net.tls;

import io.fairlead.core.config.ConfigException;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/** Certificates and keys in PEM files, for whoever makes TLS of its own. Stateless. */
public final class Certificates {
  private Certificates() {}

  /**
   * The certificates of a file, in its order; one or more.
   *
   * @param path key path in the configuration, for the problem
   * @throws ConfigException it is unreadable or holds none
   */
  public static List<X509Certificate> read(Path file, String path) throws ConfigException {
    return PemFiles.certificates(file, path);
  }

  /** The key of a file; the same. */
  public static PrivateKey key(Path file, String path) throws ConfigException {
    return PemFiles.key(file, path);
  }
}
