package io.fairlead.app.upgrade;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The command line of a successor: that of this process once more, with the place of the offer.
 *
 * @param start the launcher, or java with its options and the main class
 * @param words what follows, as this process got it
 */
public record SuccessorCommand(List<String> start, List<String> words) {
  private static final Path OWN = Path.of("/proc/self/cmdline");
  private static final String MAIN_CLASS = "io.fairlead.app.Main";
  private static final String OPTION = "--upgrade";

  public SuccessorCommand {
    start = List.copyOf(start);
    words = List.copyOf(words);
  }

  /**
   * That of this process.
   *
   * @param launcher the script that started it, which then finds Java and its options anew
   * @return empty when the system does not tell, or the process was not started by its main class
   */
  public static Optional<SuccessorCommand> ofProcess(Optional<Path> launcher) {
    try {
      return parse(Files.readAllBytes(OWN), launcher);
    } catch (IOException unknown) {
      return Optional.empty();
    }
  }

  /**
   * @param commandLine arguments, each with a zero byte behind it
   */
  static Optional<SuccessorCommand> parse(byte[] commandLine, Optional<Path> launcher) {
    String text = new String(commandLine, StandardCharsets.UTF_8);
    List<String> all = new ArrayList<>(List.of(text.split("\0", -1)));
    if (!all.isEmpty() && all.getLast().isEmpty()) all.removeLast();
    int main = all.indexOf(MAIN_CLASS);
    if (main < 1) return Optional.empty();
    List<String> start =
        launcher.isPresent() ? List.of(launcher.get().toString()) : all.subList(0, main + 1);
    return Optional.of(
        new SuccessorCommand(start, withoutOffer(all.subList(main + 1, all.size()))));
  }

  /** The same, started by another program. */
  public SuccessorCommand startedBy(Path binary) {
    return new SuccessorCommand(List.of(binary.toString()), words);
  }

  /** The whole line, for an offer at that socket. */
  public List<String> at(Path socket) {
    List<String> line = new ArrayList<>(start);
    line.addAll(words);
    line.add(OPTION);
    line.add(socket.toString());
    return line;
  }

  /** A successor's own words name the offer it came from. */
  private static List<String> withoutOffer(List<String> words) {
    List<String> kept = new ArrayList<>();
    for (int i = 0; i < words.size(); i++) {
      if (words.get(i).equals(OPTION)) i++;
      else if (!words.get(i).startsWith(OPTION + "=")) kept.add(words.get(i));
    }
    return kept;
  }
}
