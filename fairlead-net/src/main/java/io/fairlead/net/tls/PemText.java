package io.fairlead.net.tls;

import io.fairlead.core.file.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.List;

/** Writes certificates and keys in PEM (RFC 7468). */
public final class PemText {
  private static final int LINE = 64;

  private PemText() {}

  public static String of(List<X509Certificate> chain) {
    StringBuilder text = new StringBuilder();
    try {
      for (X509Certificate each : chain) text.append(block("CERTIFICATE", each.getEncoded()));
    } catch (CertificateEncodingException impossible) {
      throw new IllegalArgumentException("a certificate without a form", impossible);
    }
    return text.toString();
  }

  /** PKCS #8, not encrypted. */
  public static String of(PrivateKey key) {
    return block("PRIVATE KEY", key.getEncoded());
  }

  /**
   * Writes a file that only its owner may read, whole or not at all.
   *
   * @throws IOException it cannot be written; the old one is as it was
   */
  public static void write(Path file, String text) throws IOException {
    StagedFile.write(file, text.getBytes(StandardCharsets.US_ASCII)).publish();
  }

  private static String block(String label, byte[] der) {
    return "-----BEGIN "
        + label
        + "-----\n"
        + Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der)
        + "\n-----END "
        + label
        + "-----\n";
  }
}
