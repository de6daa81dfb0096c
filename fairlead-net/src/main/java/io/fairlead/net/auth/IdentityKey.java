package io.fairlead.net.auth;

import io.fairlead.core.file.StagedFile;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.random.Randomness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.bouncycastle.crypto.params.AsymmetricKeyParameter;
import org.bouncycastle.crypto.params.Ed25519PrivateKeyParameters;
import org.bouncycastle.crypto.signers.Ed25519Signer;
import org.bouncycastle.crypto.util.PrivateKeyFactory;

/**
 * The private half of a node's identity, Ed25519. Its file holds the {@code PrivateKey} message of
 * libp2p; base64 of that and PEM (PKCS #8, RFC 8410) are read too. Immutable; never prints.
 *
 * @see <a href="https://github.com/libp2p/specs/blob/master/peer-ids/peer-ids.md">peer ids</a>
 */
public final class IdentityKey {
  private static final int SEED = 32;
  private static final int FILE_BYTES_MAX = 4096;

  /** Field 1: key type Ed25519; field 2: 64 bytes, the seed and the public key. */
  private static final byte[] HEAD = {0x08, 0x01, 0x12, 0x40};

  /** The same with the public key written twice, as it once was. */
  private static final byte[] OLD_HEAD = {0x08, 0x01, 0x12, 0x60};

  private static final Pattern PEM =
      Pattern.compile(
          "\\s*-----BEGIN PRIVATE KEY-----([A-Za-z0-9+/=\\s]+)-----END PRIVATE KEY-----\\s*");

  private final Ed25519PrivateKeyParameters key;

  private IdentityKey(Ed25519PrivateKeyParameters key) {
    this.key = key;
  }

  /** A new one. */
  public static IdentityKey make(Randomness randomness) {
    return new IdentityKey(new Ed25519PrivateKeyParameters(randomness.secureBytes(SEED), 0));
  }

  /**
   * Reads one from a file.
   *
   * @throws IOException it cannot be read, or holds no Ed25519 key
   */
  public static IdentityKey read(Path file) throws IOException {
    if (Files.size(file) > FILE_BYTES_MAX) throw new IOException(file + " holds no identity key");
    byte[] bytes = Files.readAllBytes(file);
    return message(bytes)
        .or(() -> text(new String(bytes, StandardCharsets.UTF_8)))
        .map(IdentityKey::new)
        .orElseThrow(() -> new IOException(file + " holds no Ed25519 identity key"));
  }

  /**
   * Writes it where only its owner reads it.
   *
   * @throws IOException there is such a file already, or it cannot be written
   */
  public void write(Path file) throws IOException {
    if (Files.exists(file)) throw new FileAlreadyExistsException(file.toString());
    byte[] bytes = Arrays.copyOf(HEAD, HEAD.length + 2 * SEED);
    System.arraycopy(key.getEncoded(), 0, bytes, HEAD.length, SEED);
    System.arraycopy(key.generatePublicKey().getEncoded(), 0, bytes, HEAD.length + SEED, SEED);
    StagedFile.write(file, bytes).publish();
    Arrays.fill(bytes, (byte) 0);
  }

  /** What everybody may know. */
  public NodeKey publicKey() {
    return NodeKey.of(key.generatePublicKey().getEncoded());
  }

  /** An Ed25519 signature (RFC 8032), 64 bytes. */
  public byte[] sign(byte[] message) {
    Ed25519Signer signer = new Ed25519Signer();
    signer.init(true, key);
    signer.update(message, 0, message.length);
    return signer.generateSignature();
  }

  private static Optional<Ed25519PrivateKeyParameters> message(byte[] bytes) {
    boolean fits =
        bytes.length == HEAD.length + 2 * SEED && Arrays.mismatch(bytes, HEAD) == HEAD.length
            || bytes.length == HEAD.length + 3 * SEED
                && Arrays.mismatch(bytes, OLD_HEAD) == HEAD.length;
    if (!fits) return Optional.empty();
    Ed25519PrivateKeyParameters read = new Ed25519PrivateKeyParameters(bytes, HEAD.length);
    byte[] said = Arrays.copyOfRange(bytes, HEAD.length + SEED, HEAD.length + 2 * SEED);
    return Arrays.equals(said, read.generatePublicKey().getEncoded())
        ? Optional.of(read)
        : Optional.empty();
  }

  private static Optional<Ed25519PrivateKeyParameters> text(String text) {
    Matcher pem = PEM.matcher(text);
    try {
      if (!pem.matches()) return message(Base64.getDecoder().decode(text.strip()));
      byte[] der = Base64.getDecoder().decode(pem.group(1).replaceAll("\\s", ""));
      AsymmetricKeyParameter read = PrivateKeyFactory.createKey(der);
      return read instanceof Ed25519PrivateKeyParameters own ? Optional.of(own) : Optional.empty();
    } catch (IOException | IllegalArgumentException none) {
      return Optional.empty();
    }
  }

  @Override
  public String toString() {
    return "IdentityKey[" + publicKey() + "]";
  }
}
