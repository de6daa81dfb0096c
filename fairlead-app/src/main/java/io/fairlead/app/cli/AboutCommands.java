package io.fairlead.app.cli;

import io.fairlead.app.Version;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.Spelling;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;

/** {@code version} and {@code help}: nothing here touches the gateway. */
final class AboutCommands {
  private static final Pattern CODE = Pattern.compile("[FfWw][0-9]{4}");

  private static final Map<String, List<String>> TOPICS =
      Map.of(
          "exit-codes",
          List.of(
              "  0  success, healthy              70  internal error",
              "  1  general failure               73  cannot create a file",
              "  3  degraded                      74  input or output error",
              "  5  reload: prepare failed,       75  temporary: busy, timed out",
              "     running one untouched         76  the peer broke its protocol",
              " 64  usage                         77  not allowed",
              " 65  configuration invalid         78  refused by a safety rule",
              " 66  file missing or unreadable    98  address in use",
              " 69  gateway not reachable,       130  interrupted",
              "     or no Java of 25 or newer    141  the reader of the output left"),
          "environment",
          List.of(
              "Every option has a form in the environment: FAIRLEAD_<COMMAND>_<OPTION>,",
              "e.g. FAIRLEAD_STOP_DRAIN=10s; the global ones also FAIRLEAD_<OPTION>, e.g.",
              "FAIRLEAD_CONFIG=/etc/fairlead.yaml or FAIRLEAD_CONTROL=unix:/run/gw.sock.",
              "Order: command line, environment, file, default.",
              "",
              "FAIRLEAD_JAVA_HOME, FAIRLEAD_JAVA_OPTS   read by the launcher",
              "NO_COLOR, CLICOLOR_FORCE                 colour never, or always",
              "XDG_CACHE_HOME, XDG_RUNTIME_DIR, XDG_CONFIG_HOME   where files are kept"),
          "files",
          List.of(
              "The configuration is the first of: -c FILE, $FAIRLEAD_CONFIG, ./fairlead.yaml,",
              "$XDG_CONFIG_HOME/fairlead/fairlead.yaml, /etc/fairlead/fairlead.yaml.",
              "A path inside it is relative to the file that names it."),
          "control",
          List.of(
              "reload, stop, status and config show --effective talk to a running gateway,",
              "the first that answers of: --control URL, $FAIRLEAD_CONTROL, the socket and the",
              "port that the configuration names, $XDG_RUNTIME_DIR/fairlead/*.sock,",
              "127.0.0.1:8837. With -c only the gateway of that file is asked.",
              "",
              "From the same machine and user plain curl works as well:",
              "  curl http://127.0.0.1:8837/now       the running configuration",
              "  curl http://127.0.0.1:8837/adapt     check the file, change nothing",
              "  curl http://127.0.0.1:8837/reload    apply the file",
              "  curl http://127.0.0.1:8837/stop      drain and stop"));

  private final Product product;

  AboutCommands(Product product) {
    this.product = product;
  }

  /** What {@code fairlead} alone says: twelve lines. */
  static List<String> firstScreen() {
    return List.of(
        "Fairlead: an edge gateway in one process.",
        "",
        "  fairlead proxy                                   HTTP, HTTPS and SOCKS5 proxy",
        "  fairlead reverse --from :8080 --to 127.0.0.1:3000",
        "                                                   reverse proxy",
        "  fairlead serve DIR                               static files",
        "  fairlead run -c fairlead.yaml                    everything, from a file",
        "",
        "Nothing listens beyond this machine unless you type an address.",
        "Each command stops with Ctrl-C; --print-config turns a one-liner into a file.",
        "",
        "fairlead help    all commands, topics and diagnostic codes");
  }

  static List<String> topics() {
    return TOPICS.keySet().stream().sorted().toList();
  }

  static List<String> topic(String name) {
    return TOPICS.getOrDefault(name, List.of());
  }

  int version(Call call) throws CommandFailure {
    String java = System.getProperty("java.version", "");
    String vendor = System.getProperty("java.vendor", "");
    String system = System.getProperty("os.name", "") + " " + System.getProperty("os.version", "");
    String arch = System.getProperty("os.arch", "");
    if (call.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("schema", "fairlead.version/1");
      document.put("version", Version.current());
      document.put("java", java);
      document.put("java_vendor", vendor);
      document.put("os", system);
      document.put("arch", arch);
      call.terminal().data(Json.print(document));
    } else {
      call.terminal().data("fairlead " + Version.current());
      call.terminal().data("java " + java + " (" + vendor + "), " + system + " " + arch);
    }
    return Exit.OK;
  }

  int help(Call call) throws CommandFailure {
    Command root = CommandTree.of(product);
    List<String> words = call.words();
    if (words.isEmpty()) {
      overview(root).forEach(call.terminal()::data);
      return Exit.OK;
    }
    String word = words.getFirst();
    if (CODE.matcher(word).matches()) return code(call, word);
    List<String> topic = TOPICS.get(word);
    Optional<String> usage = Cli.usage(root, words);
    if (usage.isPresent()) {
      call.terminal().data(usage.get());
    } else if (topic != null) {
      topic.forEach(call.terminal()::data);
    } else {
      List<String> known = new ArrayList<>(TOPICS.keySet());
      root.children().forEach(child -> known.add(child.name()));
      throw CommandFailure.usage(
          "no help on `" + word + "`",
          Spelling.nearest(word, known)
              .map(each -> "did you mean `" + each + "`?")
              .orElse("see: fairlead help"));
    }
    return Exit.OK;
  }

  private int code(Call call, String id) throws CommandFailure {
    List<Code> codes = product.codes();
    Optional<Code> found =
        codes.stream().filter(each -> each.id().equalsIgnoreCase(id)).findFirst();
    if (found.isEmpty()) {
      List<String> ids = codes.stream().map(Code::id).sorted().toList();
      throw CommandFailure.usage(
          "no diagnostic has the code " + id,
          Spelling.nearest(id.toUpperCase(java.util.Locale.ROOT), ids)
              .map(each -> "did you mean " + each + "?")
              .orElse("known: " + String.join(" ", ids)));
    }
    Code code = found.get();
    if (call.json()) {
      Map<String, Object> document = new LinkedHashMap<>();
      document.put("schema", "fairlead.diagnostic_code/1");
      document.put("code", code.id());
      document.put("title", code.title());
      document.put("wrong", code.wrong());
      document.put("right", code.right());
      call.terminal().data(Json.print(document));
      return Exit.OK;
    }
    call.terminal().data(code.id() + ": " + code.title());
    call.terminal().data("");
    call.terminal().data("wrong:");
    code.wrong().lines().forEach(line -> call.terminal().data("  " + line));
    call.terminal().data("right:");
    code.right().lines().forEach(line -> call.terminal().data("  " + line));
    return Exit.OK;
  }

  private static List<String> overview(Command root) {
    List<String> lines = new ArrayList<>();
    lines.add("fairlead [OPTIONS] COMMAND");
    lines.add("");
    for (Command child : root.children()) {
      String name = child.name();
      if (!child.children().isEmpty()) {
        name += " " + String.join("|", child.children().stream().map(Command::name).toList());
      }
      lines.add("  %-28s %s".formatted(name, child.summary()));
    }
    lines.add("");
    lines.add("Options of every command:");
    CommandTree.GLOBAL.stream()
        .sorted(Comparator.comparing(Option::longName))
        .forEach(
            option ->
                lines.add(
                    "  %-28s %s"
                        .formatted(
                            String.join(", ", option.names())
                                + option.value().map(label -> " " + label).orElse(""),
                            option.doc())));
    lines.add("");
    lines.add("Topics: " + String.join(", ", topics()) + "; also: fairlead help CODE (F1104)");
    return lines;
  }
}
