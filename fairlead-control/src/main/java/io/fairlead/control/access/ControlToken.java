package io.fairlead.control.access;

import io.fairlead.core.lifecycle.StartException;
import io.fairlead.core.lifecycle.StartException.Reason;
import io.fairlead.core.random.Randomness;
import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.util.Base64;
import java.util.Set;

/**
 * The secret that opens the TCP door: 256 bits in {@code control.token} of the state directory,
 * made at the first start. Kept in memory as its SHA-256 and compared in constant time. Immutable.
 */
public final class ControlToken {
  private static final String FILE = "control.token";
  private static final int RANDOM_BYTES = 32;

  /** 128 bits as base64 without padding: the least a token put there by hand must have. */
  private static final int CHARS_MIN = 22;

  private static final int CHARS_MAX = 512;
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_FILE =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
  private static final FileAttribute<Set<PosixFilePermission>> OWNER_DIRECTORY =
      PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------"));

  private static final Set<PosixFilePermission> OWNERS =
      PosixFilePermissions.fromString("rwx------");

  private final Path file;
  private final boolean created;
  private final byte[] digest;

  private ControlToken(Path file, boolean created, String text) {
    this.file = file;
    this.created = created;
    this.digest = NamedToken.sha256(text);
  }

  /**
   * Reads the token, or makes it when there is none (mode 0600; the directory 0700).
   *
   * @throws StartException the file cannot be made or read, others may read it, or it is too short
   */
  public static ControlToken loadOrCreate(Path stateDirectory, Randomness randomness)
      throws StartException {
    Path file = stateDirectory.resolve(FILE);
    try {
      if (!Files.exists(file)) {
        Files.createDirectories(stateDirectory, OWNER_DIRECTORY);
        String text =
            Base64.getUrlEncoder()
                .withoutPadding()
                .encodeToString(randomness.secureBytes(RANDOM_BYTES));
        if (create(file, text)) return new ControlToken(file, true, text);
      }
      requirePrivate(file);
      String text = Files.readString(file).strip();
      if (text.length() < CHARS_MIN || text.length() > CHARS_MAX) {
        throw new StartException(
            Reason.RESOURCE,
            file + ": not a token of at least 128 bits; remove the file and a new one is made");
      }
      return new ControlToken(file, false, text);
    } catch (IOException failure) {
      throw new StartException(
          Reason.RESOURCE, file + ": cannot read or make it: " + failure.getMessage(), failure);
    }
  }

  /** Where it is kept. */
  public Path file() {
    return file;
  }

  /** Whether this start made it. */
  public boolean created() {
    return created;
  }

  /** Constant-time comparison with what a caller sent. */
  public boolean matches(String candidate) {
    return MessageDigest.isEqual(digest, NamedToken.sha256(candidate));
  }

  /** Written whole under another name first, so that a crash leaves no half token behind. */
  private static boolean create(Path file, String text) throws IOException {
    Path draft = Files.createTempFile(file.getParent(), FILE, ".new", OWNER_FILE);
    try {
      Files.writeString(draft, text + "\n");
      Files.createLink(file, draft); // unlike a rename, refuses to replace what another start made
      return true;
    } catch (FileAlreadyExistsException raced) {
      return false;
    } finally {
      Files.delete(draft);
    }
  }

  private static void requirePrivate(Path file) throws IOException, StartException {
    boolean open =
        Files.getPosixFilePermissions(file).stream().anyMatch(held -> !OWNERS.contains(held));
    if (open) {
      throw new StartException(
          Reason.UNSAFE, file + ": other users may read or write it; chmod 600 " + file);
    }
  }
}
