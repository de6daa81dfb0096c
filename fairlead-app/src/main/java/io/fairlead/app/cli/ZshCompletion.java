package io.fairlead.app.cli;

import java.util.List;
import java.util.Locale;

/** A completion script for zsh (5.0 or newer), derived from the command tree. */
final class ZshCompletion {
  private ZshCompletion() {}

  static String script(Command root) {
    StringBuilder script = new StringBuilder(8192);
    script.append(
        """
        #compdef fairlead
        # zsh completion of fairlead; load it with: source <(fairlead completion zsh)
        _fairlead() {
          local word=${words[CURRENT]} previous=${words[CURRENT-1]} place= skip= index kind=words
          local -a found options
          for ((index = 2; index < CURRENT; index++)); do
            if [[ -n $skip ]]; then skip=; continue; fi
            case ${words[index]} in
              @VALUED@) skip=yes ;;
              -*) ;;
              *) place="$place ${words[index]}" ;;
            esac
          done
          case $previous in
        @VALUES@    @VALUED@) return ;;
          esac
          case $place in
        """
            .replace("@VALUED@", String.join("|", CompletionModel.takingValues(root)))
            .replace("@VALUES@", values(root)));
    for (CompletionModel.Place place : CompletionModel.places(root).reversed()) {
      String path = place.path().isEmpty() ? "" : " " + String.join(" ", place.path());
      script
          .append("    \"")
          .append(path)
          .append(path.isEmpty() ? "\") found=(" : "\"*) found=(")
          .append(String.join(" ", place.words().stream().map(CompletionModel.Word::text).toList()))
          .append("); options=(")
          .append(String.join(" ", place.options().stream().map(Option::longName).toList()))
          .append("); kind=")
          .append(place.kind().name().toLowerCase(Locale.ROOT))
          .append(" ;;\n");
    }
    script
        .append("  esac\n  options+=(")
        .append(String.join(" ", CommandTree.GLOBAL.stream().map(Option::longName).toList()))
        .append(")\n")
        .append(
            """
              if [[ $word == -* ]]; then
                compadd -- $options
                return
              fi
              if [[ $kind == config_paths ]]; then
                found+=(${(f)"$(${words[1]} completion paths 2>/dev/null)"})
              fi
              compadd -- $found
              case $kind in
                folders) _files -/ ;;
                files) _files ;;
              esac
            }
            if (( $+functions[compdef] )); then compdef _fairlead fairlead; fi\
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
                  .append(") ")
                  .append(file ? "_files" : "compadd -- " + String.join(" ", known))
                  .append("; return ;;\n");
            });
    return cases.toString();
  }
}
