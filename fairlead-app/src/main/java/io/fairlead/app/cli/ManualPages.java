package io.fairlead.app.cli;

import io.fairlead.app.Version;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * The command line as pages: {@code man} in the form of man(7), and the same as one Markdown page.
 * Both derive from the command tree.
 */
final class ManualPages {
  private final Product product;

  ManualPages(Product product) {
    this.product = product;
  }

  /** Prints the page of the program, or writes all pages to a folder. */
  int man(Call call) throws CommandFailure, IOException {
    Map<String, String> pages = pages(CommandTree.of(product));
    Optional<String> folder = call.word(0);
    if (folder.isEmpty()) {
      call.terminal().data(pages.values().iterator().next());
      return Exit.OK;
    }
    Path into = call.workingDir().resolve(folder.get());
    try {
      Files.createDirectories(into);
      for (Map.Entry<String, String> page : pages.entrySet()) {
        Files.writeString(into.resolve(page.getKey()), page.getValue());
      }
    } catch (IOException failure) {
      throw new CommandFailure(
          Exit.CANNOT_CREATE, "cannot_create", "cannot write there: " + failure, "");
    }
    if (!call.flag("--quiet")) {
      call.terminal()
          .say(
              pages.size() + " pages written; read one with: man -l " + into.resolve("fairlead.1"));
    }
    return Exit.OK;
  }

  /** Pages by file name, that of the program first. */
  static Map<String, String> pages(Command root) {
    Map<String, String> pages = new LinkedHashMap<>();
    for (Entry entry : entries(root)) {
      pages.put(entry.pageName() + ".1", page(entry));
    }
    return pages;
  }

  /** One Markdown page; deterministic. */
  static String reference(Command root) {
    StringBuilder page = new StringBuilder("# Command line\n\n");
    page.append(root.summary()).append("\n\n## Options of every command\n\n");
    options(CommandTree.GLOBAL, page);
    page.append("\nEvery option has a form in the environment, see `fairlead help environment`.\n");
    for (Entry entry : entries(root)) {
      if (entry.path().size() == 1) continue;
      page.append("\n## ").append(String.join(" ", entry.path())).append("\n\n```text\n");
      page.append(synopsis(entry)).append("\n```\n\n");
      page.append(sentence(entry.command().summary())).append('\n');
      if (!entry.command().positional().isEmpty()) {
        page.append('\n');
        for (Command.Positional each : entry.command().positional()) {
          page.append("- ").append(each.label()).append(": ").append(each.doc()).append('\n');
        }
      }
      if (!entry.command().options().isEmpty()) {
        page.append('\n');
        options(entry.command().options(), page);
      }
    }
    return page.toString();
  }

  private static void options(List<Option> options, StringBuilder page) {
    page.append("| option | what |\n|---|---|\n");
    for (Option option : options) {
      page.append("| `").append(names(option).replace("|", "\\|")).append("` | ");
      page.append(option.doc().replace("|", "\\|")).append(" |\n");
    }
  }

  private record Entry(List<String> path, Command command) {
    String pageName() {
      return String.join("-", path);
    }
  }

  private static List<Entry> entries(Command root) {
    List<Entry> entries = new ArrayList<>();
    collect(List.of(root.name()), root, entries);
    return entries;
  }

  private static void collect(List<String> path, Command command, List<Entry> entries) {
    entries.add(new Entry(path, command));
    for (Command child : command.children()) {
      List<String> below = new ArrayList<>(path);
      below.add(child.name());
      collect(List.copyOf(below), child, entries);
    }
  }

  private static String page(Entry entry) {
    Command command = entry.command();
    StringBuilder page = new StringBuilder(2048);
    page.append(".TH ").append(entry.pageName().toUpperCase(Locale.ROOT));
    page.append(" 1 \"\" \"fairlead ").append(roff(Version.current())).append("\" \"Fairlead\"\n");
    page.append(".SH NAME\n").append(roff(entry.pageName())).append(" \\- ");
    page.append(roff(command.summary())).append('\n');
    page.append(".SH SYNOPSIS\n.B ").append(roff(String.join(" ", entry.path()))).append('\n');
    page.append(roff(synopsis(entry).substring(String.join(" ", entry.path()).length()).strip()));
    page.append('\n');
    if (!command.positional().isEmpty()) {
      page.append(".SH ARGUMENTS\n");
      for (Command.Positional each : command.positional()) {
        page.append(".TP\n.I ").append(roff(each.label())).append('\n');
        page.append(roff(each.doc())).append('\n');
      }
    }
    if (!command.options().isEmpty()) {
      page.append(".SH OPTIONS\n");
      command.options().forEach(option -> option(option, page));
    }
    if (!command.children().isEmpty()) {
      page.append(".SH COMMANDS\n");
      for (Command child : command.children()) {
        page.append(".TP\n.B ").append(roff(child.name())).append('\n');
        page.append(roff(child.summary())).append('\n');
      }
    }
    page.append(".SH OPTIONS OF EVERY COMMAND\n");
    CommandTree.GLOBAL.forEach(option -> option(option, page));
    if (entry.path().size() == 1) {
      for (String topic : AboutCommands.topics()) {
        page.append(".SH ").append(topic.toUpperCase(Locale.ROOT)).append("\n.nf\n");
        AboutCommands.topic(topic).forEach(line -> page.append(roff(line)).append('\n'));
        page.append(".fi\n");
      }
    } else {
      page.append(".SH SEE ALSO\n.BR fairlead (1)\n");
    }
    return page.toString();
  }

  private static void option(Option option, StringBuilder page) {
    page.append(".TP\n.B ").append(roff(names(option))).append('\n');
    page.append(roff(option.doc())).append('\n');
  }

  private static String names(Option option) {
    return String.join(", ", option.names()) + option.value().map(label -> " " + label).orElse("");
  }

  private static String synopsis(Entry entry) {
    Command command = entry.command();
    StringBuilder line = new StringBuilder(String.join(" ", entry.path()));
    if (!command.options().isEmpty() || entry.path().size() == 1) line.append(" [OPTIONS]");
    if (!command.children().isEmpty()) line.append(" COMMAND");
    for (Command.Positional each : command.positional()) {
      line.append(each.required() ? " " + each.label() : " [" + each.label() + "]");
    }
    return line.toString();
  }

  private static String sentence(String text) {
    String first = text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
    return first.endsWith(".") ? first : first + ".";
  }

  /** Text for man(7): dashes stay dashes, and no line becomes a request. */
  private static String roff(String text) {
    String escaped = text.replace("\\", "\\e").replace("-", "\\-");
    return escaped.startsWith(".") || escaped.startsWith("'") ? "\\&" + escaped : escaped;
  }
}
