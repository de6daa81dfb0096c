package io.fairlead.net.acme;

import io.fairlead.net.tls.PemText;
import java.io.IOException;
import java.math.BigInteger;
import java.net.MalformedURLException;
import java.net.URI;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.interfaces.ECPrivateKey;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.bouncycastle.jce.ECNamedCurveTable;
import org.bouncycastle.jce.spec.ECNamedCurveParameterSpec;
import org.bouncycastle.math.ec.ECPoint;

/**
 * Keys and URLs of accounts, one folder for each server, address and binding, readable to their
 * owner only. Belongs to whoever holds the state directory; one thread at a time.
 */
final class AcmeAccounts {
  private static final String KEY = "account.key";
  private static final String URL_FILE = "account.url";
  private static final String CURVE = "secp256r1";

  private final Path folder;

  /**
   * @param folder of all accounts
   */
  AcmeAccounts(Path folder) {
    this.folder = folder;
  }

  /**
   * The key of the account for these settings; made when there is none.
   *
   * @throws IOException it cannot be read or written
   */
  KeyPair key(AcmeSettings settings) throws IOException {
    Path home = home(settings);
    Path file = home.resolve(KEY);
    try {
      if (Files.exists(file)) return read(file);
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec(CURVE));
      KeyPair pair = generator.generateKeyPair();
      Files.createDirectories(
          home, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
      PemText.write(file, PemText.of(pair.getPrivate()));
      return pair;
    } catch (GeneralSecurityException damaged) {
      throw new IOException(file + ": no key of ours", damaged);
    }
  }

  /** Where the server keeps the account; empty before it was registered. */
  Optional<URL> url(AcmeSettings settings) throws IOException {
    Path file = home(settings).resolve(URL_FILE);
    if (!Files.exists(file)) return Optional.empty();
    try {
      return Optional.of(URI.create(Files.readString(file).strip()).toURL());
    } catch (IllegalArgumentException | MalformedURLException damaged) {
      return Optional.empty(); // the server finds the account by its key
    }
  }

  void remember(AcmeSettings settings, URL url) throws IOException {
    PemText.write(home(settings).resolve(URL_FILE), url + "\n");
  }

  /** The server does not know the account any more. */
  void forget(AcmeSettings settings) throws IOException {
    Files.deleteIfExists(home(settings).resolve(URL_FILE));
  }

  private Path home(AcmeSettings settings) {
    String who =
        settings.directory()
            + "\n"
            + settings.email().orElse("")
            + "\n"
            + settings.binding().map(AcmeSettings.Binding::kid).orElse("");
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(who.getBytes(StandardCharsets.UTF_8));
      return folder.resolve(HexFormat.of().formatHex(digest, 0, 8));
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has SHA-256", impossible);
    }
  }

  private static KeyPair read(Path file) throws IOException, GeneralSecurityException {
    String text = Files.readString(file, StandardCharsets.US_ASCII);
    String body = text.replaceAll("-----[A-Z ]+-----", "").replaceAll("\\s", "");
    byte[] der;
    try {
      der = Base64.getDecoder().decode(body);
    } catch (IllegalArgumentException damaged) {
      throw new GeneralSecurityException("not base64", damaged);
    }
    KeyFactory factory = KeyFactory.getInstance("EC");
    PrivateKey key = factory.generatePrivate(new PKCS8EncodedKeySpec(der));
    return new KeyPair(publicKey(factory, (ECPrivateKey) key), key);
  }

  /** The file holds the private number only; the public point follows from it. */
  private static PublicKey publicKey(KeyFactory factory, ECPrivateKey key)
      throws GeneralSecurityException {
    ECNamedCurveParameterSpec curve = ECNamedCurveTable.getParameterSpec(CURVE);
    ECPoint point = curve.getG().multiply(key.getS()).normalize();
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(CURVE));
    BigInteger x = point.getAffineXCoord().toBigInteger();
    BigInteger y = point.getAffineYCoord().toBigInteger();
    return factory.generatePublic(
        new java.security.spec.ECPublicKeySpec(
            new java.security.spec.ECPoint(x, y),
            parameters.getParameterSpec(java.security.spec.ECParameterSpec.class)));
  }
}
