package io.fairlead.app.cli;

import java.util.ArrayList;
import java.util.List;

/**
 * A completion script for bash (3.2 or newer): one case branch per command, derived from the
 * command tree. It starts no process while completing.
 */
final class BashCompletion {
  private BashCompletion() {}

  static String script(Command root) {
    StringBuilder script = new StringBuilder(4096);
    script.append(
        """
        # bash completion of fairlead; load it with: source <(fairlead completion bash)
        _fairlead() {
          local word path previous index
          word=${COMP_WORDS[COMP_CWORD]}
          previous=${COMP_WORDS[COMP_CWORD-1]}
          path=
          for ((index = 1; index < COMP_CWORD; index++)); do
            case ${COMP_WORDS[index]} in
              -*) ;;
              *) path="$path ${COMP_WORDS[index]}" ;;
            esac
          done
          COMPREPLY=()
          case $previous in
            -c|--config|--token-file) COMPREPLY=($(compgen -f -- "$word")); return ;;
            --color) COMPREPLY=($(compgen -W "auto always never" -- "$word")); return ;;
            --log-format) COMPREPLY=($(compgen -W "text json" -- "$word")); return ;;
            --format) COMPREPLY=($(compgen -W "text json sarif" -- "$word")); return ;;
          esac
          local words options files
          files=
          case $path in
        """);
    branches(root, "", script);
    script
        .append("    *) words=; options=; files= ;;\n  esac\n")
        .append("  options=\"$options ")
        .append(names(CommandTree.GLOBAL))
        .append("\"\n")
        .append(
            """
              case $word in
                -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
                *)
                  COMPREPLY=($(compgen -W "$words" -- "$word"))
                  [ -z "$files" ] || COMPREPLY+=($(compgen -d -- "$word")) ;;
              esac
            }
            complete -o bashdefault -F _fairlead fairlead""");
    return script.toString();
  }

  /** Deeper words first: the pattern of a parent also matches what follows it. */
  private static void branches(Command command, String path, StringBuilder script) {
    for (Command child : command.children()) branches(child, path + " " + child.name(), script);
    List<String> words = new ArrayList<>(command.children().stream().map(Command::name).toList());
    boolean folders = false;
    for (Command.Positional each : command.positional()) {
      words.addAll(each.choices());
      folders |= each.label().equals("DIR");
    }
    script
        .append("    \"")
        .append(path)
        .append(path.isEmpty() ? "\") words=\"" : "\"*) words=\"")
        .append(String.join(" ", words))
        .append("\"; options=\"")
        .append(names(command.options()))
        .append("\"; files=")
        .append(folders ? "yes" : "")
        .append(" ;;\n");
  }

  private static String names(List<Option> options) {
    return String.join(" ", options.stream().map(Option::longName).toList());
  }
}
