package io.fairlead.app.cli;

import java.util.List;

/** A completion script for fish (3.0 or newer), derived from the command tree. */
final class FishCompletion {
  private FishCompletion() {}

  static String script(Command root) {
    StringBuilder script = new StringBuilder(16384);
    script.append(
        """
        # fish completion of fairlead; load it with: fairlead completion fish | source
        # Whether the commands before the cursor are these, whatever options stand between them.
        function __fairlead_at
          set -l path
          set -l skip no
          for word in (commandline -opc)[2..-1]
            if test $skip = yes
              set skip no
              continue
            end
            switch $word
              case @VALUED@
                set skip yes
              case '-*'
              case '*'
                set -a path $word
            end
          end
          test "$path" = "$argv"
        end
        complete -c fairlead -f
        """
            .replace("@VALUED@", String.join(" ", CompletionModel.takingValues(root))));
    CommandTree.GLOBAL.forEach(option -> option(option, "", script));
    for (CompletionModel.Place place : CompletionModel.places(root)) {
      String at = " -n '__fairlead_at " + String.join(" ", place.path()) + "'";
      for (CompletionModel.Word word : place.words()) {
        script.append("complete -c fairlead").append(at).append(" -a ").append(word.text());
        if (!word.meaning().isEmpty()) script.append(" -d ").append(quoted(word.meaning()));
        script.append('\n');
      }
      switch (place.kind()) {
        case WORDS -> {}
        case FILES -> script.append("complete -c fairlead").append(at).append(" -F\n");
        case FOLDERS ->
            script
                .append("complete -c fairlead")
                .append(at)
                .append(" -a '(__fish_complete_directories)'\n");
        case CONFIG_PATHS ->
            script
                .append("complete -c fairlead")
                .append(at)
                .append(" -a '(fairlead completion paths 2>/dev/null)'\n");
      }
      place.options().forEach(option -> option(option, at, script));
    }
    return script.toString().stripTrailing();
  }

  private static void option(Option option, String at, StringBuilder script) {
    script.append("complete -c fairlead").append(at);
    for (String name : option.names()) {
      script.append(name.startsWith("--") ? " -l " : " -s ").append(name.replaceFirst("^-+", ""));
    }
    List<String> known = CompletionModel.valuesOf(option);
    if (!known.isEmpty()) script.append(" -x -a '").append(String.join(" ", known)).append('\'');
    else if (CompletionModel.takesFile(option)) script.append(" -r -F");
    else if (option.value().isPresent()) script.append(" -x");
    script.append(" -d ").append(quoted(option.doc())).append('\n');
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
