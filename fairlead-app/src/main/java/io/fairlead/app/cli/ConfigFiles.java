package io.fairlead.app.cli;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CoderResult;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Finds and reads the configuration file. */
final class ConfigFiles {
  /** As the engine's own limit. */
  private static final int BYTES_MAX = 4 * 1024 * 1024;

  private ConfigFiles() {}

  /**
   * A configuration text.
   *
   * @param file empty for standard input
   */
  record Found(ConfigSource source, Optional<Path> file) {}

  /** The file of {@code -c} or the environment, without a look at whether it exists. */
  static Optional<String> named(Call call) {
    return call.value("--config");
  }

  /** The named file, else the first that exists of the usual places. */
  static Optional<Path> locate(Call call) {
    Optional<String> named = named(call);
    if (named.isPresent()) return named.map(call.workingDir()::resolve);
    return places(call.environment(), call.workingDir()).stream()
        .filter(Files::isRegularFile)
        .findFirst();
  }

  static Found read(Call call) throws CommandFailure {
    if (named(call).equals(Optional.of("-"))) {
      try {
        byte[] bytes = System.in.readNBytes(BYTES_MAX + 1);
        return new Found(source("<stdin>", bytes, call.workingDir()), Optional.empty());
      } catch (IOException broken) {
        throw unreadable("standard input", broken);
      }
    }
    Optional<Path> file = locate(call);
    if (file.isEmpty()) {
      List<String> looked =
          places(call.environment(), call.workingDir()).stream()
              .map(place -> shown(call, place))
              .toList();
      throw new CommandFailure(
          Exit.NO_INPUT,
          "no_config",
          "no configuration file",
          "name one with -c FILE; looked for " + String.join(", ", looked));
    }
    return new Found(read(call, file.get()), file);
  }

  static ConfigSource read(Call call, Path file) throws CommandFailure {
    try (var in = Files.newInputStream(file)) {
      Path folder = file.toAbsolutePath().getParent();
      return source(
          shown(call, file),
          in.readNBytes(BYTES_MAX + 1),
          folder == null ? call.workingDir() : folder);
    } catch (IOException broken) {
      throw unreadable(shown(call, file), broken);
    }
  }

  private static CommandFailure unreadable(String name, IOException broken) {
    String why =
        switch (broken) {
          case java.nio.file.NoSuchFileException _ -> "no such file";
          case java.nio.file.AccessDeniedException _ -> "not allowed to read it";
          default -> String.valueOf(broken.getMessage());
        };
    return new CommandFailure(Exit.NO_INPUT, "unreadable", name + ": " + why, "");
  }

  private static ConfigSource source(String name, byte[] bytes, Path folder) throws CommandFailure {
    if (bytes.length > BYTES_MAX) {
      throw new CommandFailure(
          Exit.INVALID, "too_large", name + ": larger than 4 MiB", "split it with include:");
    }
    CharBuffer chars = CharBuffer.allocate(bytes.length);
    CoderResult result =
        StandardCharsets.UTF_8
            .newDecoder()
            .onMalformedInput(CodingErrorAction.REPORT)
            .decode(ByteBuffer.wrap(bytes), chars, true);
    String text = chars.flip().toString();
    if (!result.isError()) return new ConfigSource(name, text, folder);
    int line = (int) text.chars().filter(c -> c == '\n').count() + 1;
    throw new CommandFailure(
        Exit.INVALID,
        "invalid_config",
        name + ":" + line + ": error " + Codes.NOT_UTF8 + ": " + Codes.NOT_UTF8.title(),
        "save it as UTF-8");
  }

  /** As the operator would write it: relative when it lies below the working folder. */
  private static String shown(Call call, Path file) {
    Path absolute = call.workingDir().resolve(file).normalize();
    return absolute.startsWith(call.workingDir())
        ? call.workingDir().relativize(absolute).toString()
        : absolute.toString();
  }

  private static List<Path> places(Map<String, String> environment, Path workingDir) {
    List<Path> places = new ArrayList<>();
    places.add(workingDir.resolve("fairlead.yaml"));
    String configHome = environment.getOrDefault("XDG_CONFIG_HOME", "");
    String home = environment.getOrDefault("HOME", "");
    if (!configHome.isEmpty()) places.add(Path.of(configHome, "fairlead", "fairlead.yaml"));
    else if (!home.isEmpty()) places.add(Path.of(home, ".config", "fairlead", "fairlead.yaml"));
    places.add(Path.of("/etc/fairlead/fairlead.yaml"));
    return places;
  }
}
