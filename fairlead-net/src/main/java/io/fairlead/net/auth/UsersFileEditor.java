package io.fairlead.net.auth;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.file.StagedFile;
import io.fairlead.net.NetCodes;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Changes one account of a users file and leaves every other line as it is. The new file takes the
 * place of the old one at once or not at all; a file that is new is its owner's alone. One thread.
 */
public final class UsersFileEditor {
  private static final Set<StandardOpenOption> MADE_WHEN_MISSING =
      Set.of(StandardOpenOption.READ, StandardOpenOption.WRITE, StandardOpenOption.CREATE);
  private static final Set<PosixFilePermission> PRIVATE =
      PosixFilePermissions.fromString("rw-------");
  private static final Lock HERE = new ReentrantLock(); // a file's lock is the whole process's

  /** What is done to the accounts. */
  public interface Edit {
    /** Whether the file is to be written. */
    boolean apply(UsersFileEditor editor) throws ConfigException;
  }

  private final Path file;
  private final List<String> lines;

  private UsersFileEditor(Path file, List<String> lines) {
    this.file = file;
    this.lines = lines;
  }

  /**
   * Reads a file, or begins one.
   *
   * @throws ConfigException lines of it are wrong; nothing is changed in such a file
   * @throws IOException it is there and cannot be read
   */
  public static UsersFileEditor open(Path file) throws IOException, ConfigException {
    if (!Files.exists(file)) return new UsersFileEditor(file, new ArrayList<>());
    UsersFile.read(file, "");
    return new UsersFileEditor(
        file, new ArrayList<>(Files.readAllLines(file, StandardCharsets.UTF_8)));
  }

  /**
   * Reads a file, or begins one, changes it and writes it, while others who do the same wait: of
   * two edits at a time none is lost.
   *
   * @throws ConfigException lines of it are wrong, or the edit is refused; nothing is changed
   * @throws IOException it cannot be read or written; the old one is as it was
   */
  public static void edit(Path file, Edit edit) throws IOException, ConfigException {
    HERE.lock();
    try {
      boolean done = false;
      while (!done) done = editOnce(file, edit);
    } finally {
      HERE.unlock();
    }
  }

  /** False: another took its place while this one waited for it. */
  private static boolean editOnce(Path file, Edit edit) throws IOException, ConfigException {
    boolean begins = !Files.exists(file);
    Path real = begins ? file.toAbsolutePath() : file.toRealPath();
    Optional<Object> before = begins ? Optional.empty() : key(real);
    try (FileChannel held =
            FileChannel.open(
                real, MADE_WHEN_MISSING, PosixFilePermissions.asFileAttribute(PRIVATE));
        FileLock _ = held.lock()) {
      Optional<Object> now = key(real);
      if (now.isEmpty() || !begins && !now.equals(before)) return false;
      boolean written = false;
      try {
        UsersFileEditor editor = open(real);
        if (edit.apply(editor)) {
          editor.save();
          written = true;
        }
      } finally {
        if (begins && !written && held.size() == 0) Files.deleteIfExists(real);
      }
      return true;
    }
  }

  /** What tells a file from the one that takes its name; empty: there is none. */
  private static Optional<Object> key(Path file) throws IOException {
    try {
      return Optional.ofNullable(Files.readAttributes(file, BasicFileAttributes.class).fileKey());
    } catch (NoSuchFileException gone) {
      return Optional.empty();
    }
  }

  /**
   * Gives an account another password, or adds it; its groups stay.
   *
   * @param hash see {@link PasswordForm}
   * @return whether the account is new
   * @throws ConfigException the name is none
   */
  public boolean put(String name, String hash) throws ConfigException {
    int at = find(name);
    String groups = at < 0 ? "" : groups(lines.get(at));
    String line = name + ":" + hash + groups;
    if (!UsersFile.parse(line, file.toString(), "").names().equals(Set.of(name))) {
      throw new ConfigException(
          Problem.error(
              NetCodes.BAD_ACCOUNT.id(),
              "",
              Problem.Place.NOWHERE,
              "bad user name",
              "expected one that neither begins with # nor has a blank at its ends"));
    }
    if (at < 0) lines.add(line);
    else lines.set(at, line);
    return at < 0;
  }

  /** Takes an account away; whether there was one. */
  public boolean remove(String name) {
    int at = find(name);
    if (at >= 0) lines.remove(at);
    return at >= 0;
  }

  /**
   * Writes the file.
   *
   * @throws IOException it cannot be written; the old one is as it was
   */
  public void save() throws IOException {
    StringBuilder text = new StringBuilder();
    for (String line : lines) text.append(line).append('\n');
    StagedFile.write(file, text.toString().getBytes(StandardCharsets.UTF_8)).publish();
  }

  private int find(String name) {
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      if (!line.startsWith("#") && line.strip().startsWith(name + ":")) return i;
    }
    return -1;
  }

  private static String groups(String line) {
    String[] parts = line.strip().split(":", -1);
    return parts.length == 3 ? ":" + parts[2] : "";
  }
}
