package io.fairlead.net.tls;

import io.fairlead.core.config.Code;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.net.NetCodes;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads certificates and keys in PEM (RFC 7468). */
final class PemFiles {
  private static final long FILE_BYTES_MAX = 1024 * 1024;
  private static final Pattern BLOCK =
      Pattern.compile(
          "-----BEGIN ([A-Z0-9 ]+)-----([A-Za-z0-9+/=\\s]*)-----END \\1-----", Pattern.DOTALL);

  private record Block(String label, byte[] der) {}

  private PemFiles() {}

  static List<X509Certificate> certificates(Path file, String path) throws ConfigException {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(file, path)) {
        if (!block.label.equals("CERTIFICATE")) continue;
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.der)));
      }
    } catch (CertificateException broken) {
      throw problem(NetCodes.BAD_PEM, path, file + ": a certificate in it is damaged", "");
    }
    if (certificates.isEmpty()) {
      throw problem(
          NetCodes.BAD_PEM,
          path,
          file + ": holds no certificate",
          "expected BEGIN CERTIFICATE blocks");
    }
    return certificates;
  }

  static PrivateKey key(Path file, String path) throws ConfigException {
    for (Block block : blocks(file, path)) {
      switch (block.label) {
        case "PRIVATE KEY" -> {
          return pkcs8(block.der, file, path);
        }
        case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> {
          return pkcs8(OldKeyForm.pkcs8(block.label, block.der), file, path);
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw problem(
                NetCodes.BAD_PEM,
                path,
                file + ": the key is encrypted",
                "decrypt it: openssl pkcs8 -in old.pem -out new.pem");
        default -> {} // certificates may stand in the same file
      }
    }
    throw problem(
        NetCodes.BAD_PEM, path, file + ": holds no key", "expected a BEGIN PRIVATE KEY block");
  }

  static List<X509CRL> revocations(Path file, String path) throws ConfigException {
    List<X509CRL> lists = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(file, path)) {
        if (!block.label.equals("X509 CRL")) continue;
        lists.add((X509CRL) factory.generateCRL(new ByteArrayInputStream(block.der)));
      }
    } catch (CertificateException | CRLException broken) {
      throw problem(NetCodes.BAD_PEM, path, file + ": a revocation list in it is damaged", "");
    }
    if (lists.isEmpty()) {
      throw problem(
          NetCodes.BAD_PEM,
          path,
          file + ": holds no revocation list",
          "expected BEGIN X509 CRL blocks: openssl crl -in list.der -inform DER");
    }
    return lists;
  }

  static ConfigException problem(Code code, String path, String message, String hint) {
    return new ConfigException(
        Problem.error(code.id(), path, Problem.Place.NOWHERE, message, hint));
  }

  private static PrivateKey pkcs8(byte[] der, Path file, String path) throws ConfigException {
    for (String algorithm : List.of("EC", "RSA", "EdDSA")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(new PKCS8EncodedKeySpec(der));
      } catch (GeneralSecurityException _) {
        // not of this kind: the next one is tried
      }
    }
    throw problem(
        NetCodes.BAD_PEM,
        path,
        file + ": the key is damaged or of an unknown kind",
        "use an EC or RSA key");
  }

  private static List<Block> blocks(Path file, String path) throws ConfigException {
    String text;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw problem(
            NetCodes.BAD_PEM, path, file + ": larger than 1 MiB, this is no PEM file", "");
      }
      text = new String(Files.readAllBytes(file), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException _) {
      throw problem(NetCodes.PEM_UNREADABLE, path, file + ": no such file", "");
    } catch (IOException failure) {
      throw problem(
          NetCodes.PEM_UNREADABLE, path, file + ": cannot be read", "check its permissions");
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      try {
        blocks.add(new Block(matcher.group(1), Base64.getMimeDecoder().decode(matcher.group(2))));
      } catch (IllegalArgumentException _) {
        throw problem(NetCodes.BAD_PEM, path, file + ": a block in it is not base64", "");
      }
    }
    return blocks;
  }
}
