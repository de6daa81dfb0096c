package io.fairlead.libp2p.key;

import io.fairlead.core.file.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Base64;

/**
 * A node's own key on the disk: the bytes of a {@code PrivateKey} message, readable by the owner
 * only. Keys of other programs are read as they are: the same message in base 64, or PKCS#8 in PEM
 * (RFC 7468 §10).
 */
public final class IdentityFile {
  private static final int BYTES_MAX = 32_768;
  private static final String PEM_BEGIN = "-----BEGIN PRIVATE KEY-----";
  private static final String PEM_END = "-----END PRIVATE KEY-----";

  private IdentityFile() {}

  /**
   * The key of a file, which is made with a new Ed25519 one when it is not there.
   *
   * @throws IOException it can be neither read nor written
   * @throws UnusableKeyException it holds no usable key; it is left as it is
   */
  public static PrivateKey open(Path file) throws IOException, UnusableKeyException {
    try {
      return read(file);
    } catch (NoSuchFileException _) {
      PrivateKey key = PrivateKey.generate();
      StagedFile.write(file, key.toBytes()).publish();
      return key;
    }
  }

  /**
   * The key of a file.
   *
   * @throws IOException it cannot be read
   * @throws UnusableKeyException it holds no usable key
   */
  public static PrivateKey read(Path file) throws IOException, UnusableKeyException {
    if (Files.size(file) > BYTES_MAX) {
      throw new UnusableKeyException("identity file: larger than " + BYTES_MAX + " bytes");
    }
    return parse(Files.readAllBytes(file));
  }

  /**
   * The key in the content of a file.
   *
   * @throws UnusableKeyException no usable key
   */
  static PrivateKey parse(byte[] content) throws UnusableKeyException {
    String text = new String(content, StandardCharsets.ISO_8859_1).strip();
    try {
      if (text.startsWith(PEM_BEGIN)) {
        int end = text.indexOf(PEM_END);
        if (end < 0) throw new UnusableKeyException("identity file: PEM without its end");
        return PrivateKey.readPkcs8(
            Base64.getMimeDecoder().decode(text.substring(PEM_BEGIN.length(), end)));
      }
      // A message starts with 08, which is no digit of base 64.
      if (content.length > 0 && content[0] != 0x08) {
        return PrivateKey.read(Base64.getDecoder().decode(text));
      }
    } catch (IllegalArgumentException notBase64) {
      throw new UnusableKeyException("identity file: neither a key message, base 64, nor PEM");
    }
    return PrivateKey.read(content);
  }
}
