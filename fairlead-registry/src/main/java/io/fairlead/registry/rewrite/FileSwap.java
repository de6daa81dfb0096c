package io.fairlead.registry.rewrite;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Pause;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Replaces a file of somebody else so that a reader, and a crash at any point, finds the old or the
 * new one.
 *
 * <pre>
 * lock {@code <file>.lock} → read, compare the digest → temporary file beside it (mode, owner) →
 * fsync → backup → rename over it → fsync of the folder
 * </pre>
 *
 * A symbolic link is followed and its target replaced. Where the file itself is a mount point the
 * rename fails; then, or when told so, the content is written in place: the backup is on disk
 * first, and the lock file says what is going on, so that the next holder of the lock can put a
 * half-written file back.
 *
 * <p>Blocking; any thread, one call at a time for one file.
 */
public final class FileSwap {
  private static final Duration LOCK_WAIT_MAX = Duration.ofSeconds(10);
  private static final Duration LOCK_POLL = Duration.ofMillis(100);
  private static final int BYTES_MAX = 16 * 1024 * 1024;
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private final int backups;
  private final Randomness randomness;
  private final Pause pause;

  /**
   * @param backups old versions kept as {@code <name>.bak.1} (newest) to {@code .bak.<n>}; 0 for
   *     none
   */
  public FileSwap(int backups, Randomness randomness, Pause pause) {
    this.backups = backups;
    this.randomness = randomness;
    this.pause = pause;
  }

  /** How the new content gets there. */
  public enum Write {
    /** By rename; in place where the file is a mount point. */
    AUTO,
    RENAME,
    IN_PLACE
  }

  /**
   * A file as it was read.
   *
   * @param file the real one, links followed
   * @param digest SHA-256 of the bytes, hex
   */
  public record Content(Path file, byte[] bytes, String digest) {
    /** As UTF-8; bytes that are not are refused by whoever compares the way back. */
    public String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  /**
   * What was done.
   *
   * @param warnings what could not be kept, e.g. the owner
   */
  public record Done(boolean inPlace, String digest, List<String> warnings) {
    public Done {
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Reads the file, after putting back what a crash left half-written.
   *
   * @throws SwapException it is not there, not a regular file, or locked
   */
  public Content read(Path file) throws SwapException, InterruptedException {
    Path real = real(file);
    if (noted(lockOf(real))) {
      try (Held held = lock(real)) {
        heal(real, held);
        return content(real);
      }
    }
    return content(real);
  }

  /**
   * Replaces the content.
   *
   * @param expected digest of what is replaced
   * @throws SwapException.Changed the file has another digest
   */
  public Done replace(Path file, String expected, byte[] next, Write write)
      throws SwapException, InterruptedException {
    Path real = real(file);
    try (Held held = lock(real)) {
      heal(real, held);
      Content now = content(real);
      if (!now.digest().equals(expected)) throw new SwapException.Changed(real);
      List<String> warnings = new ArrayList<>();
      Path made = beside(real, next, warnings);
      try {
        backUp(real, now.bytes());
        if (write != Write.IN_PLACE && renamed(made, real, write)) {
          return new Done(false, sha256(next), warnings);
        }
      } finally {
        Files.deleteIfExists(made);
      }
      overwrite(real, now, next, held);
      return new Done(true, sha256(next), warnings);
    } catch (IOException failure) {
      throw new SwapException.Failed(real, failure);
    }
  }

  /**
   * Replaces a file of our own, mode 0600, durably; makes it and its folder when they are not
   * there.
   */
  public void keep(Path own, byte[] bytes) throws IOException {
    Path folder = own.toAbsolutePath().getParent();
    if (folder != null) Files.createDirectories(folder);
    Path made = temporary(own.toAbsolutePath());
    try {
      fill(made, bytes, () -> {});
      Files.move(made, own, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(made);
    }
    sync(folder);
  }

  /** SHA-256, hex. */
  public static String sha256(byte[] bytes) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bytes));
    } catch (NoSuchAlgorithmException impossible) {
      throw new IllegalStateException("every JDK has SHA-256", impossible);
    }
  }

  /** Whether a lock file says that a write in place is going on, or was. */
  private static boolean noted(Path lock) throws SwapException {
    try {
      return Files.exists(lock) && Files.size(lock) > 0;
    } catch (IOException failure) {
      throw new SwapException.Failed(lock, failure);
    }
  }

  private static Path real(Path file) throws SwapException {
    try {
      Path real = file.toRealPath();
      BasicFileAttributes attributes =
          Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      if (!attributes.isRegularFile()) throw new SwapException.Unfit(file, "not a regular file");
      if (attributes.size() > BYTES_MAX) throw new SwapException.Unfit(file, "larger than 16 MiB");
      if (Files.isSymbolicLink(file) && uid(real) != ownUid()) {
        throw new SwapException.Unfit(file, "the link leads to a file of another user");
      }
      return real;
    } catch (IOException failure) {
      throw new SwapException.Failed(file, failure);
    }
  }

  private static int uid(Path file) throws IOException {
    return (Integer) Files.getAttribute(file, "unix:uid", LinkOption.NOFOLLOW_LINKS);
  }

  private static int ownUid() throws IOException {
    // Files we make are ours; /proc says the same without making one.
    Path self = Path.of("/proc/self");
    if (Files.exists(self)) return (Integer) Files.getAttribute(self, "unix:uid");
    Path made = Files.createTempFile("fairlead", "");
    try {
      return uid(made);
    } finally {
      Files.delete(made);
    }
  }

  private static Content content(Path real) throws SwapException {
    try {
      byte[] bytes = Files.readAllBytes(real);
      return new Content(real, bytes, sha256(bytes));
    } catch (IOException failure) {
      throw new SwapException.Failed(real, failure);
    }
  }

  // --- the lock

  private static Path lockOf(Path real) {
    return real.resolveSibling(real.getFileName() + ".lock");
  }

  /** The lock, and the file that holds the note about a write in place. */
  private record Held(FileChannel channel, FileLock lock) implements AutoCloseable {
    @Override
    public void close() {
      try {
        channel.close();
      } catch (IOException gone) {
        // The lock ends with the descriptor whether or not the close is told to have worked.
      }
    }

    void note(String text) throws IOException {
      channel.truncate(0);
      ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
      while (bytes.hasRemaining()) channel.write(bytes, bytes.position());
      channel.force(true);
    }

    String note() throws IOException {
      ByteBuffer bytes = ByteBuffer.allocate((int) Math.min(channel.size(), 1024));
      int got;
      do {
        got = channel.read(bytes, bytes.position());
      } while (got > 0 && bytes.hasRemaining());
      return new String(bytes.array(), 0, bytes.position(), StandardCharsets.UTF_8);
    }
  }

  private Held lock(Path real) throws SwapException, InterruptedException {
    Path lock = lockOf(real);
    FileChannel channel = null;
    try {
      Set<OpenOption> options =
          Set.of(
              StandardOpenOption.CREATE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              LinkOption.NOFOLLOW_LINKS);
      channel = FileChannel.open(lock, options, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
      Duration waited = Duration.ZERO;
      while (true) {
        FileLock got = tried(channel);
        if (got != null) return new Held(channel, got);
        if (waited.compareTo(LOCK_WAIT_MAX) >= 0) {
          channel.close();
          throw new SwapException.Locked(lock);
        }
        pause.sleep(LOCK_POLL);
        waited = waited.plus(LOCK_POLL);
      }
    } catch (IOException failure) {
      throw new SwapException.Failed(lock, failure);
    } catch (InterruptedException interrupted) {
      closeQuietly(channel);
      throw interrupted;
    }
  }

  private static @org.jspecify.annotations.Nullable FileLock tried(FileChannel channel)
      throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException anotherThread) {
      return null;
    }
  }

  private static void closeQuietly(@org.jspecify.annotations.Nullable FileChannel channel) {
    try {
      if (channel != null) channel.close();
    } catch (IOException gone) {
      // Nothing was written through it.
    }
  }

  // --- by rename

  private Path temporary(Path file) {
    String random = HexFormat.of().formatHex(randomness.secureBytes(8));
    return file.resolveSibling("." + file.getFileName() + "." + random + ".tmp");
  }

  /** Something to do to a file before it is made durable. */
  @FunctionalInterface
  private interface Dressing {
    void run() throws IOException;
  }

  private static void fill(Path made, byte[] bytes, Dressing dressing) throws IOException {
    Set<OpenOption> options =
        Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS);
    try (FileChannel channel =
        FileChannel.open(made, options, PosixFilePermissions.asFileAttribute(OWNER_ONLY))) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) channel.write(buffer);
      dressing.run();
      channel.force(true);
    } catch (IOException failure) {
      Files.deleteIfExists(made);
      throw failure;
    }
  }

  /** A durable file in the same folder with the same mode and owner. */
  private Path beside(Path real, byte[] bytes, List<String> warnings) throws IOException {
    Path made = temporary(real);
    fill(made, bytes, () -> likeness(real, made, warnings));
    return made;
  }

  private static void likeness(Path of, Path made, List<String> warnings) throws IOException {
    for (String attribute : List.of("unix:gid", "unix:uid")) {
      Object wanted = Files.getAttribute(of, attribute, LinkOption.NOFOLLOW_LINKS);
      if (wanted.equals(Files.getAttribute(made, attribute, LinkOption.NOFOLLOW_LINKS))) continue;
      try {
        Files.setAttribute(made, attribute, wanted, LinkOption.NOFOLLOW_LINKS);
      } catch (IOException refused) {
        warnings.add(
            "the new file does not keep the "
                + (attribute.equals("unix:uid") ? "owner" : "group")
                + " of the old one");
      }
    }
    // After the owner: a change of owner may clear bits.
    Files.setPosixFilePermissions(made, Files.getPosixFilePermissions(of));
  }

  /** False when the file itself is a mount point and {@code write} allows the other way. */
  private static boolean renamed(Path made, Path real, Write write) throws IOException {
    try {
      Files.move(made, real, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
      sync(real.getParent());
      return true;
    } catch (AtomicMoveNotSupportedException otherDevice) {
      if (write == Write.RENAME) throw otherDevice;
      return false;
    } catch (FileSystemException failure) {
      String reason = String.valueOf(failure.getReason()).toLowerCase(Locale.ROOT);
      boolean mountPoint = reason.contains("busy") || reason.contains("cross-device");
      if (!mountPoint || write == Write.RENAME) throw failure;
      return false;
    }
  }

  private static void sync(@org.jspecify.annotations.Nullable Path folder) throws IOException {
    if (folder == null) return;
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  // --- backups

  private Optional<Path> backUp(Path real, byte[] bytes) throws IOException {
    if (backups == 0) return Optional.empty();
    for (int n = backups - 1; n >= 1; n--) {
      Path older = backup(real, n);
      if (Files.exists(older, LinkOption.NOFOLLOW_LINKS)) {
        Files.move(
            older,
            backup(real, n + 1),
            StandardCopyOption.ATOMIC_MOVE,
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    Path made = beside(real, bytes, new ArrayList<>());
    Files.move(
        made, backup(real, 1), StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(real.getParent());
    return Optional.of(backup(real, 1));
  }

  private static Path backup(Path real, int n) {
    return real.resolveSibling(real.getFileName() + ".bak." + n);
  }

  // --- in place

  /** Note form: {@code in-place <old digest> <new digest>}; the old bytes are the safety copy. */
  private void overwrite(Path real, Content old, byte[] next, Held held) throws IOException {
    Path safety = safetyOf(real);
    Path made = beside(real, old.bytes(), new ArrayList<>());
    Files.move(made, safety, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    sync(real.getParent());
    held.note("in-place " + old.digest() + " " + sha256(next));
    pour(real, next);
    held.note("");
    Files.deleteIfExists(safety);
  }

  private static Path safetyOf(Path real) {
    return real.resolveSibling("." + real.getFileName() + ".in-place");
  }

  private static void pour(Path real, byte[] bytes) throws IOException {
    try (FileChannel channel =
        FileChannel.open(real, Set.of(StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS))) {
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      while (buffer.hasRemaining()) channel.write(buffer);
      channel.truncate(bytes.length);
      channel.force(true);
    }
  }

  private static void heal(Path real, Held held) throws SwapException {
    try {
      String[] note = held.note().split(" ", -1);
      Path safety = safetyOf(real);
      if (note.length != 3 || !note[0].equals("in-place")) return;
      if (Files.exists(safety, LinkOption.NOFOLLOW_LINKS)) {
        byte[] old = Files.readAllBytes(safety);
        String now = content(real).digest();
        boolean torn = !now.equals(note[1]) && !now.equals(note[2]);
        if (torn && sha256(old).equals(note[1])) pour(real, old);
      }
      held.note("");
      Files.deleteIfExists(safety);
    } catch (IOException failure) {
      throw new SwapException.Failed(real, failure);
    }
  }
}
