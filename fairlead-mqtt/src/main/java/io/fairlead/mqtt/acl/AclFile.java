package io.fairlead.mqtt.acl;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.mqtt.MqttClient;
import io.fairlead.mqtt.MqttCodes;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/** An access list. Immutable; two are equal when their text is. */
public final class AclFile {
  private static final int FILE_BYTES_MAX = 16 * 1024 * 1024;

  /** No lines: everything is as the default says. */
  public static final AclFile NONE = new AclFile("", List.of());

  private final String text;
  private final List<AclLine.Rule> rules = new ArrayList<>();
  private final List<AclLine.Grant> grants = new ArrayList<>();
  private final Map<String, List<AclLine.Grant>> grantsByUser = new HashMap<>();

  private AclFile(String text, List<AclLine> lines) {
    this.text = text;
    for (AclLine line : lines) {
      switch (line) {
        case AclLine.Rule rule -> rules.add(rule);
        case AclLine.Grant grant -> {
          if (grant.who() instanceof Who.Named named && named.onlyUser().isPresent()) {
            grantsByUser.computeIfAbsent(named.onlyUser().get(), _ -> new ArrayList<>()).add(grant);
          } else {
            grants.add(grant);
          }
        }
      }
    }
  }

  /**
   * Reads a file.
   *
   * @param path key path of the file in the configuration
   * @throws ConfigException it cannot be read, or lines of it; every bad line is named
   */
  public static AclFile read(Path file, String path) throws ConfigException {
    byte[] bytes;
    try {
      if (Files.size(file) > FILE_BYTES_MAX) {
        throw unreadable(path, file + ": larger than 16 MiB, this is no access list");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException _) {
      throw unreadable(path, file + ": no such file");
    } catch (IOException _) {
      throw unreadable(path, file + ": cannot be read");
    }
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      return parse(text, file.toString(), path);
    } catch (CharacterCodingException _) {
      throw unreadable(path, file + ": is not UTF-8");
    }
  }

  /**
   * Parses the text of a list.
   *
   * @param file its name, for the problems
   * @param path key path of the file in the configuration
   * @throws ConfigException a bad line; every one is named
   */
  public static AclFile parse(String text, String file, String path) throws ConfigException {
    AclParser parser = new AclParser(file, path);
    text.lines().forEach(parser::line);
    if (!parser.problems().isEmpty()) throw new ConfigException(parser.problems());
    return new AclFile(text, parser.lines());
  }

  /** Rules about that client, in order. */
  void rulesFor(MqttClient client, Consumer<AclLine.Rule> action) {
    for (AclLine.Rule rule : rules) if (rule.who().means(client)) action.accept(rule);
  }

  /** Grants and denials about that client, in no order. */
  void grantsFor(MqttClient client, Consumer<AclLine.Grant> action) {
    for (AclLine.Grant grant : grants) if (grant.who().means(client)) action.accept(grant);
    if (client.anonymous()) return;
    grantsByUser.getOrDefault(client.principal().id(), List.of()).forEach(action);
  }

  private static ConfigException unreadable(String path, String message) {
    return new ConfigException(
        Problem.error(MqttCodes.ACL_UNREADABLE.id(), path, Problem.Place.NOWHERE, message, ""));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof AclFile file && text.equals(file.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }
}
