package io.fairlead.app.cli;

import io.fairlead.core.config.Spelling;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line: words in, exit code out. Never throws and never ends the process.
 *
 * <p>The parser is built from {@link Command} records; nothing is found by reflection.
 */
public final class Cli {
  private static final int TRACE_MAX = 8;

  private final Command root;
  private final Call.Surroundings surroundings;

  Cli(Product product, Call.Surroundings surroundings) {
    this.root = CommandTree.of(product);
    this.surroundings = surroundings;
  }

  /** The command line of this process. */
  public static Cli ofProcess(Product product) {
    Map<String, String> environment = System.getenv();
    return new Cli(
        product,
        new Call.Surroundings(
            Terminal.ofProcess(environment), environment, Path.of("").toAbsolutePath()));
  }

  /**
   * A command line inside another process.
   *
   * @param out data, in UTF-8
   * @param err messages
   * @param environment what options may come from, and where files are looked for
   * @param workingDir where relative words start from
   */
  public static Cli embedded(
      Product product,
      PrintStream out,
      PrintStream err,
      Map<String, String> environment,
      Path workingDir) {
    return new Cli(
        product,
        new Call.Surroundings(
            new Terminal(out, err, false, false, true), environment, workingDir.toAbsolutePath()));
  }

  /** The reference of all commands and options, as Markdown. */
  public static String reference(Product product) {
    return ManualPages.reference(CommandTree.of(product));
  }

  /** Runs one command line to its end. */
  public int run(String... words) {
    int code = dispatch(List.of(words));
    boolean heard = surroundings.terminal().finish();
    return heard ? code : Exit.BROKEN_PIPE;
  }

  /** The usage text of a command, e.g. {@code [config, show]}; empty when there is none. */
  static Optional<String> usage(Command root, List<String> path) {
    CommandLine line = parser(root);
    for (String word : path) {
      CommandLine child = line.getSubcommands().get(word);
      if (child == null) return Optional.empty();
      line = child;
    }
    return Optional.of(line.getUsageMessage(Ansi.OFF).stripTrailing());
  }

  private int dispatch(List<String> words) {
    if (words.isEmpty()) {
      AboutCommands.firstScreen().forEach(surroundings.terminal()::data);
      return Exit.OK;
    }
    if (words.equals(List.of("--version")) || words.equals(List.of("-V"))) {
      return dispatch(List.of("version"));
    }
    try {
      return perform(words);
    } catch (CommandFailure failure) {
      return report(failure, wantsJson(words));
    } catch (IOException broken) {
      String message = String.valueOf(broken.getMessage());
      return report(new CommandFailure(Exit.IO, "io", message, ""), wantsJson(words));
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
      return Exit.INTERRUPTED;
    } catch (RuntimeException bug) {
      return reportBug(bug, wantsJson(words));
    }
  }

  private int perform(List<String> words) throws CommandFailure, IOException, InterruptedException {
    CommandLine parser = parser(root);
    ParseResult result;
    try {
      result = parser.parseArgs(words.toArray(String[]::new));
    } catch (ParameterException wrong) {
      throw explain(wrong);
    }
    List<ParseResult> chain = new ArrayList<>();
    Command command = root;
    for (@Nullable ParseResult level = result; level != null; level = level.subcommand()) {
      chain.add(level);
      if (chain.size() > 1) command = child(command, level.commandSpec().name());
    }
    for (ParseResult level : chain) {
      // The parser lets unknown words pass when help is asked for.
      if (!level.unmatched().isEmpty()) {
        throw explain(
            new UnmatchedArgumentException(level.commandSpec().commandLine(), level.unmatched()));
      }
    }
    ParseResult last = chain.getLast();
    if (last.hasMatchedOption("--help")) {
      surroundings
          .terminal()
          .data(last.commandSpec().commandLine().getUsageMessage(Ansi.OFF).stripTrailing());
      return Exit.OK;
    }
    if (command.action().isEmpty()) {
      String of = chain.size() == 1 ? "a command" : "a word after `" + command.name() + "`";
      throw CommandFailure.usage(
          of + " is missing",
          "one of: " + String.join(", ", command.children().stream().map(Command::name).toList()));
    }
    return command.action().get().run(new Call(command, chain, surroundings));
  }

  private static Command child(Command command, String name) {
    return command.children().stream()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("no command " + name));
  }

  private static CommandFailure explain(ParameterException wrong) {
    CommandSpec spec = wrong.getCommandLine().getCommandSpec();
    String help =
        "see: " + (spec.parent() == null ? "fairlead help" : spec.qualifiedName() + " -h");
    if (!(wrong instanceof UnmatchedArgumentException unmatched)
        || unmatched.getUnmatched().isEmpty()) {
      return CommandFailure.usage(lowerFirst(String.valueOf(wrong.getMessage())), help);
    }
    String word = unmatched.getUnmatched().getFirst();
    boolean option = word.startsWith("-") && word.length() > 1;
    String name = option ? word.replaceFirst("=.*", "") : word;
    List<String> known = option ? optionNames(spec) : List.copyOf(spec.subcommands().keySet());
    Optional<String> meant =
        option
            ? Spelling.nearest(undashed(name), known.stream().map(Cli::undashed).toList())
                .map(each -> "--" + each)
            : Spelling.nearest(name, known);
    String kind =
        option ? "unknown option" : known.isEmpty() ? "unexpected word" : "unknown command";
    return CommandFailure.usage(
        kind + " `" + name + "`", meant.map(each -> "did you mean `" + each + "`?").orElse(help));
  }

  private static String undashed(String option) {
    return option.replaceFirst("^-+", "");
  }

  private static List<String> optionNames(CommandSpec spec) {
    return spec.options().stream().map(OptionSpec::longestName).toList();
  }

  private static String lowerFirst(String text) {
    return text.isEmpty() ? text : Character.toLowerCase(text.charAt(0)) + text.substring(1);
  }

  /** Also asked when the words did not parse, so that a script always gets its form of error. */
  private boolean wantsJson(List<String> words) {
    return words.contains("--json")
        || "true".equalsIgnoreCase(surroundings.environment().get("FAIRLEAD_JSON"));
  }

  private int report(CommandFailure failure, boolean json) {
    Terminal terminal = surroundings.terminal();
    if (json) {
      Map<String, Object> error = new LinkedHashMap<>();
      error.put("code", failure.code());
      error.put("message", failure.getMessage());
      error.put("hint", failure.hint());
      error.put("diagnostics", failure.diagnostics());
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("schema", "fairlead.error/1");
      document.put("error", error);
      terminal.data(Json.print(document));
    } else {
      terminal.say("fairlead: " + failure.getMessage());
      if (!failure.hint().isEmpty()) terminal.say("  " + failure.hint());
    }
    return failure.exitCode();
  }

  private int reportBug(RuntimeException bug, boolean json) {
    String id = "%08x".formatted(String.valueOf(bug).hashCode());
    int code =
        report(
            new CommandFailure(
                Exit.INTERNAL, "internal", "internal error " + id + ": " + bug, "please report it"),
            json);
    StackTraceElement[] trace = bug.getStackTrace();
    for (int i = 0; i < Math.min(TRACE_MAX, trace.length); i++) {
      surroundings.terminal().say("    at " + trace[i]);
    }
    return code;
  }

  private static CommandLine parser(Command root) {
    CommandSpec spec = spec(root);
    for (Option option : CommandTree.GLOBAL) {
      spec.addOption(optionSpec(option, ScopeType.INHERIT));
    }
    CommandLine line = new CommandLine(spec);
    line.setExpandAtFiles(false);
    line.setUsageHelpAutoWidth(false);
    line.setUsageHelpWidth(100);
    return line;
  }

  private static CommandSpec spec(Command command) {
    CommandSpec spec = CommandSpec.create().name(command.name());
    spec.usageMessage().description(command.summary()).sortOptions(false).abbreviateSynopsis(true);
    for (Option option : command.options()) spec.addOption(optionSpec(option, ScopeType.LOCAL));
    int index = 0;
    for (Command.Positional each : command.positional()) {
      spec.addPositional(
          PositionalParamSpec.builder()
              .index(Integer.toString(index++))
              .arity(each.required() ? "1" : "0..1")
              .paramLabel(each.label())
              .description(each.doc())
              .type(String.class)
              .build());
    }
    for (Command child : command.children()) spec.addSubcommand(child.name(), spec(child));
    return spec;
  }

  private static OptionSpec optionSpec(Option option, ScopeType scope) {
    OptionSpec.Builder builder =
        OptionSpec.builder(option.names().toArray(String[]::new))
            .description(option.doc())
            .scopeType(scope)
            .usageHelp(option.longName().equals("--help"));
    if (option.value().isPresent()) {
      builder.arity("1").paramLabel(option.value().get());
      if (option.repeatable()) builder.type(List.class).auxiliaryTypes(String.class);
      else builder.type(String.class);
    } else {
      builder.arity("0");
      builder.type(option.repeatable() ? boolean[].class : boolean.class);
    }
    return builder.build();
  }
}
