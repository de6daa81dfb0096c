package io.fairlead.app.reload;

import io.fairlead.core.file.StagedFile;
import io.fairlead.core.random.Randomness;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import java.util.Base64;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.SecretKeySpec;

/**
 * Keeps configuration texts unreadable where they are stored: a secret may stand anywhere in them,
 * also in a remark. AES-256-GCM (NIST SP 800-38D) with a key in a file of its own, mode 0600, made
 * when it is first needed. Who has a copy of what was sealed but not that file has nothing.
 *
 * <p>Sealing belongs to one thread, opening to any.
 */
final class TextSeal {
  private static final String NAME = "history.key";
  private static final int KEY_BYTES = 32;
  private static final int NONCE_BYTES = 12;
  private static final int TAG_BITS = 128;

  private final Path file;
  private final Randomness randomness;

  TextSeal(Path stateDir) {
    this(stateDir, Randomness.system());
  }

  TextSeal(Path stateDir, Randomness randomness) {
    this.file = stateDir.resolve(NAME);
    this.randomness = randomness;
  }

  /**
   * @throws IOException the key can be neither read nor made
   */
  String seal(String text) throws IOException {
    byte[] nonce = randomness.secureBytes(NONCE_BYTES);
    byte[] sealed =
        apply(Cipher.ENCRYPT_MODE, keyOrNew(), nonce, text.getBytes(StandardCharsets.UTF_8));
    byte[] whole = Arrays.copyOf(nonce, NONCE_BYTES + sealed.length);
    System.arraycopy(sealed, 0, whole, NONCE_BYTES, sealed.length);
    return Base64.getEncoder().encodeToString(whole);
  }

  /**
   * @throws IOException it was sealed with another key, or altered, or the key is gone
   */
  String open(String sealed) throws IOException {
    byte[] whole;
    try {
      whole = Base64.getDecoder().decode(sealed);
    } catch (IllegalArgumentException wrong) {
      throw new IOException("a sealed text is torn", wrong);
    }
    if (whole.length < NONCE_BYTES) throw new IOException("a sealed text is torn");
    byte[] nonce = Arrays.copyOf(whole, NONCE_BYTES);
    byte[] rest = Arrays.copyOfRange(whole, NONCE_BYTES, whole.length);
    return new String(apply(Cipher.DECRYPT_MODE, key(), nonce, rest), StandardCharsets.UTF_8);
  }

  private byte[] apply(int mode, byte[] key, byte[] nonce, byte[] bytes) throws IOException {
    try {
      Cipher cipher = Cipher.getInstance("AES/GCM/NoPadding");
      cipher.init(mode, new SecretKeySpec(key, "AES"), new GCMParameterSpec(TAG_BITS, nonce));
      return cipher.doFinal(bytes);
    } catch (GeneralSecurityException wrong) {
      throw new IOException("a text that is not sealed with the key in " + file, wrong);
    }
  }

  private byte[] keyOrNew() throws IOException {
    if (!Files.exists(file)) {
      Path folder = file.toAbsolutePath().getParent();
      if (folder != null) History.createPrivate(folder);
      String text = Base64.getEncoder().encodeToString(randomness.secureBytes(KEY_BYTES)) + "\n";
      StagedFile.write(file, text.getBytes(StandardCharsets.US_ASCII)).publish();
    }
    return key();
  }

  private byte[] key() throws IOException {
    try {
      byte[] key = Base64.getDecoder().decode(Files.readString(file).strip());
      if (key.length == KEY_BYTES) return key;
      throw new IOException(file + ": not a key");
    } catch (NoSuchFileException | NotDirectoryException gone) {
      throw new IOException(file + " is missing: what was sealed with it cannot be read", gone);
    } catch (IllegalArgumentException torn) {
      throw new IOException(file + ": not a key", torn);
    }
  }
}
