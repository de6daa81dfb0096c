package io.fairlead.app.cli;

import io.fairlead.core.config.Field;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code completion}: scripts for shells, and the words that only the running gateway knows. */
final class CompletionCommands {
  /** What the scripts ask for by this word, instead of a shell. */
  static final String PATHS = "paths";

  private static final int PATHS_MAX = 5000;

  private final Product product;
  private final ControlCommands control;

  CompletionCommands(Product product, ControlCommands control) {
    this.product = product;
    this.control = control;
  }

  int completion(Call call) throws CommandFailure, IOException {
    Command root = CommandTree.of(product);
    String shell = call.word(0).orElse("");
    call.terminal()
        .data(
            switch (shell) {
              case "bash" -> BashCompletion.script(root);
              case "zsh" -> ZshCompletion.script(root);
              case "fish" -> FishCompletion.script(root);
              case PATHS -> String.join("\n", paths(call));
              default ->
                  throw CommandFailure.usage(
                      "no completion for `" + shell + "`", "use: bash, zsh or fish");
            });
    return Exit.OK;
  }

  /** Of the running gateway's configuration; of the definition when none answers. */
  private List<String> paths(Call call) throws IOException {
    List<String> paths = new ArrayList<>();
    Optional<Map<String, @Nullable Object>> running = control.running(call);
    if (running.isPresent()) {
      collect("", running.get(), paths);
    } else {
      for (Field<?> field : product.configuration().fields()) paths.add(field.key());
    }
    return paths;
  }

  private static void collect(String above, Map<?, ?> tree, List<String> paths) {
    tree.forEach(
        (key, value) -> {
          if (paths.size() >= PATHS_MAX) return;
          String path = above + key;
          paths.add(path);
          if (value instanceof Map<?, ?> below) collect(path + ".", below, paths);
        });
  }
}
