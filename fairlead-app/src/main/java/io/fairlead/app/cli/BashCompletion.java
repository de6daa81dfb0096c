package io.fairlead.app.cli;

import java.util.List;

/**
 * A completion script for bash (3.2 or newer), derived from the command tree. It starts a process
 * only to ask the running gateway for paths of its configuration.
 */
final class BashCompletion {
  private BashCompletion() {}

  static String script(Command root) {
    StringBuilder script = new StringBuilder(8192);
    script.append(
        """
        # bash completion of fairlead; load it with: source <(fairlead completion bash)
        _fairlead() {
          local word path previous index skip
          word=${COMP_WORDS[COMP_CWORD]}
          previous=${COMP_WORDS[COMP_CWORD-1]}
          path=
          skip=
          for ((index = 1; index < COMP_CWORD; index++)); do
            if [ -n "$skip" ]; then skip=; continue; fi
            case ${COMP_WORDS[index]} in
              @VALUED@) skip=yes ;;
              -*) ;;
              *) path="$path ${COMP_WORDS[index]}" ;;
            esac
          done
          COMPREPLY=()
          case $previous in
        @VALUES@    @VALUED@) return ;;
          esac
          local words options kind
          case $path in
        """
            .replace("@VALUED@", String.join("|", CompletionModel.takingValues(root)))
            .replace("@VALUES@", values(root)));
    // Deeper places first: the pattern of a parent also matches what follows it.
    for (CompletionModel.Place place : CompletionModel.places(root).reversed()) {
      String path = place.path().isEmpty() ? "" : " " + String.join(" ", place.path());
      script
          .append("    \"")
          .append(path)
          .append(path.isEmpty() ? "\") words=\"" : "\"*) words=\"")
          .append(String.join(" ", place.words().stream().map(CompletionModel.Word::text).toList()))
          .append("\"; options=\"")
          .append(String.join(" ", place.options().stream().map(Option::longName).toList()))
          .append("\"; kind=")
          .append(place.kind().name().toLowerCase(java.util.Locale.ROOT))
          .append(" ;;\n");
    }
    script
        .append("    *) words=; options=; kind=words ;;\n  esac\n  options=\"$options ")
        .append(String.join(" ", CommandTree.GLOBAL.stream().map(Option::longName).toList()))
        .append("\"\n")
        .append(
            """
              case $word in
                -*) COMPREPLY=($(compgen -W "$options" -- "$word")) ;;
                *)
                  case $kind in
                    config_paths) words="$words $("${COMP_WORDS[0]}" completion paths 2>/dev/null)" ;;
                  esac
                  COMPREPLY=($(compgen -W "$words" -- "$word"))
                  case $kind in
                    folders) COMPREPLY+=($(compgen -d -- "$word")) ;;
                    files) COMPREPLY+=($(compgen -f -- "$word")) ;;
                  esac ;;
              esac
            }
            complete -o bashdefault -F _fairlead fairlead\
            """);
    return script.toString();
  }

  private static String values(Command root) {
    StringBuilder cases = new StringBuilder();
    CompletionModel.places(root).stream()
        .flatMap(place -> place.allOptions().stream())
        .distinct()
        .forEach(
            option -> {
              List<String> known = CompletionModel.valuesOf(option);
              boolean file = CompletionModel.takesFile(option);
              if (known.isEmpty() && !file) return;
              cases
                  .append("    ")
                  .append(String.join("|", option.names()))
                  .append(") COMPREPLY=($(compgen ")
                  .append(file ? "-f" : "-W \"" + String.join(" ", known) + "\"")
                  .append(" -- \"$word\")); return ;;\n");
            });
    return cases.toString();
  }
}
