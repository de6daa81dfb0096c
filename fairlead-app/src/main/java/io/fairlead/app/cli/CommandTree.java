package io.fairlead.app.cli;

import static io.fairlead.app.cli.Option.flag;
import static io.fairlead.app.cli.Option.value;

import io.fairlead.app.cli.Command.Positional;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Every word that {@code fairlead} understands. */
final class CommandTree {
  static final List<Option> GLOBAL =
      List.of(
          value("FILE", "configuration file; - is standard input", "-c", "--config"),
          value("URL", "the running gateway: http://HOST:PORT or unix:PATH", "--control"),
          value("FILE", "file with the control token", "--token-file"),
          flag("one JSON document on standard output", "--json"),
          flag("only failures", "-q", "--quiet"),
          flag("say more; repeatable", "-v", "--verbose").many(),
          value("WHEN", "auto, always or never", "--color"),
          flag("no progress lines", "--no-progress"),
          value("D", "how long to wait for the gateway, e.g. 10s", "--timeout"),
          value("FORM", "text or json, for the log of a gateway", "--log-format"),
          flag("what this command takes", "-h", "--help"));

  private static final Option LISTEN = value("ADDR", "HOST:PORT or :PORT (loopback)", "--listen");
  private static final Option TLS =
      value("CERT:KEY", "serve TLS with these PEM files, or `internal`", "--tls");
  private static final Option PRINT =
      flag("print the configuration instead of running it", "--print-config");

  private CommandTree() {}

  /** The root; its children in the order of the help. */
  static Command of(Product product) {
    var running = new RunCommands(product);
    var oneLiners = new OneLiners(product);
    var config = new ConfigCommands(product);
    var control = new ControlCommands(product);
    var reload = new ReloadCommands(control);
    var events = new EventCommands(product);
    var edits = new ConfigEditCommands(product, control);
    var about = new AboutCommands(product);
    var upgrade = new UpgradeCommand(control);
    var completion = new CompletionCommands(product, control);
    var registry = new RegistryCommands(product, control);
    var mqtt = new MqttCommands(oneLiners, control);
    var pubsub = new PubSubCommands(control);
    var tunnel = new TunnelCommands(oneLiners, control);
    var relay = new RelayCommands(oneLiners, control);
    return new Command(
        "fairlead",
        "An edge gateway in one process: proxies, tunnels, MQTT, libp2p relays, and who may use them.",
        List.of(),
        List.of(),
        List.of(
            Command.leaf(
                "run",
                "start the gateway in the foreground",
                List.of(
                    flag("prepare everything, start nothing", "--check"),
                    flag("take over changes of the files by itself", "--watch"),
                    flag("when the file is wrong, run the last good generation", "--last-good"),
                    value("SOCKET", "used by `upgrade`: take over what is offered", "--upgrade")),
                List.of(),
                running::run),
            Command.leaf(
                "validate",
                "check a configuration and print every problem",
                List.of(
                    flag("warnings fail as well", "--strict"),
                    value("FORM", "text, json or sarif", "--format")),
                List.of(),
                running::validate),
            Command.leaf(
                "reload",
                "apply the configuration file to the running gateway",
                manner(flag("prepare and report, change nothing", "--dry-run")),
                List.of(),
                reload::reload),
            Command.leaf(
                "confirm",
                "keep the change that waits for confirmation",
                List.of(),
                List.of(),
                reload::confirm),
            Command.leaf(
                "rollback",
                "go back to an earlier configuration of the running gateway",
                manner(),
                List.of(
                    new Positional("N", false, List.of(), "generation; the one before by default")),
                reload::rollback),
            Command.leaf(
                "stop",
                "drain and stop the running gateway",
                List.of(
                    value("D", "how long current work may take", "--drain"),
                    flag("cut current work", "--now")),
                List.of(),
                control::stop),
            Command.leaf(
                "upgrade",
                "replace the running gateway by a new process, refusing nobody meanwhile",
                List.of(value("PATH", "start this program instead of the running one", "--binary")),
                List.of(),
                upgrade::upgrade),
            Command.leaf(
                "status",
                "how the running gateway is; exit 0 healthy, 3 degraded",
                List.of(),
                List.of(),
                control::status),
            Command.leaf(
                "top",
                "listeners, endpoints and connections of the running gateway, live",
                List.of(
                    flag("print it once and end", "--once"),
                    value("D", "time between two looks, 1s when not given", "--interval"),
                    value("COLUMN", "sort by this column", "--sort"),
                    value("TEXT", "only rows that hold this text", "--filter")),
                List.of(
                    new Positional(
                        "TABLE",
                        false,
                        TopTables.NAMES,
                        "only listeners, upstreams or connections")),
                new TopCommand(control)::top),
            Command.leaf(
                "events",
                "follow what happens in the running gateway",
                List.of(
                    value("KIND", "only these, e.g. config.*", "--type"),
                    value("D", "begin with those of the last time, e.g. 10m", "--since")),
                List.of(),
                events::follow),
            Command.leaf(
                "proxy",
                "HTTP, HTTPS and SOCKS5 forward proxy, no configuration file",
                List.of(
                    LISTEN,
                    value("USER:PASS", "ask for this account; repeatable", "--auth").many(),
                    value("CIDR", "only these clients; repeatable", "--allow").many(),
                    value(
                            "URL",
                            "go through this proxy (http, https, socks5); several are tried in"
                                + " order",
                            "--upstream")
                        .many(),
                    PRINT),
                List.of(),
                oneLiners::proxy),
            Command.leaf(
                "reverse",
                "reverse proxy, no configuration file",
                List.of(
                    value("ADDR", "listen here, e.g. :8080", "--from"),
                    value("URL", "forward there; several with commas", "--to"),
                    TLS,
                    value("HOST", "answer for this host only", "--host"),
                    PRINT),
                List.of(),
                oneLiners::reverse),
            Command.leaf(
                "serve",
                "static files of a folder; `serve echo` answers with what it gets",
                List.of(
                    LISTEN,
                    flag("list folders that have no index", "--browse"),
                    flag("index.html for every path without a file", "--spa"),
                    TLS,
                    PRINT),
                List.of(
                    new Positional("DIR", false, List.of("echo"), "the folder, or the word echo")),
                oneLiners::serve),
            ManageCommands.tree(),
            Command.group(
                "config",
                "look at configurations",
                List.of(
                    Command.leaf(
                        "show",
                        "the configuration file with all defaults filled in, secrets hidden",
                        List.of(
                            flag("what the running gateway uses", "--effective"),
                            flag("where each setting of it comes from", "--layers"),
                            flag("the file of the running gateway", "--source"),
                            flag("the defaults alone", "--defaults")),
                        List.of(),
                        call -> show(call, control, config, edits)),
                    Command.leaf(
                        "set",
                        "change one setting in the configuration file, and nothing else in it",
                        List.of(),
                        List.of(
                            new Positional("PATH", true, List.of(), "e.g. limits.connections"),
                            new Positional("VALUE", true, List.of(), "one line of YAML")),
                        edits::set),
                    Command.leaf(
                        "diff",
                        "what differs between two files, or two generations; exit 2 if anything",
                        List.of(),
                        List.of(
                            new Positional("A", true, List.of(), "a file, or a number"),
                            new Positional("B", true, List.of(), "a file, or a number")),
                        edits::diff),
                    Command.leaf(
                        "convert",
                        "another program's configuration as one of ours; what differs is listed",
                        List.of(flag("anything that differs fails", "--strict")),
                        List.of(
                            new Positional(
                                "FORMAT",
                                true,
                                List.of("frp", "mosquitto", "nginx", "wmproxy"),
                                "whose it is"),
                            new Positional("FILE", true, List.of(), "its configuration file")),
                        new ConvertCommand(product)::convert),
                    Command.leaf(
                        "explain",
                        "what a key means, its type, range and default",
                        List.of(),
                        List.of(new Positional("PATH", true, List.of(), "e.g. limits.connections")),
                        config::explain),
                    Command.leaf(
                        "schema",
                        "the JSON schema of the configuration, for editors",
                        List.of(),
                        List.of(),
                        config::schema))),
            registry.group(),
            DemoCommands.group(),
            relay.group(),
            tunnel.group(),
            mqtt.group(),
            pubsub.group(),
            new CertCommands(control).group(),
            Command.leaf(
                "doctor",
                "look at this machine and the configuration; exit 0 well, 3 doubtful, 1 failing",
                List.of(
                    flag("what is open to others, as well", "--security"),
                    value("FILE", "only check that an audit file is whole", "--audit"),
                    value("FILE", "write what a helper needs, without secrets", "--bundle")),
                List.of(),
                new DoctorCommand(product, control)::doctor),
            Command.leaf(
                "completion",
                "a script that completes these words; source it",
                List.of(),
                List.of(
                    new Positional(
                        "SHELL",
                        true,
                        List.of("bash", "zsh", "fish"),
                        "bash, zsh or fish; `paths` lists the running configuration's, for them")),
                completion::completion),
            Command.leaf(
                "man",
                "the manual pages, as man reads them",
                List.of(),
                List.of(
                    new Positional(
                        "DIR", false, List.of(), "write all of them there, not one to the output")),
                new ManualPages(product)::man),
            Command.leaf("version", "versions", List.of(), List.of(), about::version),
            Command.leaf(
                "help",
                "help on a command, a topic or a diagnostic code",
                List.of(),
                List.of(
                    new Positional(
                        "WORD", false, AboutCommands.topics(), "a command, a topic or e.g. F1104"),
                    new Positional("WORD", false, List.of(), "a word below that command")),
                about::help)),
        Optional.empty());
  }

  private static int show(
      Call call, ControlCommands control, ConfigCommands config, ConfigEditCommands edits)
      throws CommandFailure, IOException {
    if (call.flag("--effective")) return control.effective(call);
    if (call.flag("--layers")) return edits.layers(call);
    if (call.flag("--source")) return edits.source(call);
    return config.show(call);
  }

  /** What every change of a running configuration may say. */
  private static List<Option> manner(Option... more) {
    List<Option> options = new ArrayList<>(List.of(more));
    options.add(value("D", "undo it unless confirmed in that time", "--confirm-within"));
    options.add(value("TEXT", "a word for the history", "--comment"));
    options.add(flag("even if a listener must be closed first", "--allow-disruptive"));
    return options;
  }
}
