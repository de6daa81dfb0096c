package io.fairlead.net.auth;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.file.StagedFile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Changes one account of a users file and leaves every other line as it is. The new file takes the
 * place of the old one at once or not at all; a file that is new is its owner's alone.
 */
public final class UsersFileEditor {
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
    UsersFile.parse(line, file.toString(), "");
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
