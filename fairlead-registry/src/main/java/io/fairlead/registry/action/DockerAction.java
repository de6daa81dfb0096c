package io.fairlead.registry.action;

import io.fairlead.core.time.Clock;
import io.fairlead.core.time.Pause;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code docker}: HUP to a container's main process through the Engine API, or a program run
 * inside.
 *
 * @see <a href="https://docs.docker.com/reference/api/engine/">Docker Engine API</a>
 */
final class DockerAction implements ReloadAction {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Pattern VERSION = Pattern.compile("([0-9]{1,3})\\.([0-9]{1,3})");

  /** The newest version of the API that this was written for. */
  private static final int MINOR_MAX = 43;

  /** These keep the signal for themselves when they are process 1. */
  private static final Set<String> SHELLS = Set.of("sh", "bash", "dash", "ash", "zsh", "ksh");

  private static final Duration POLL = Duration.ofMillis(100);

  private final ReloadConfig.Docker config;
  private final Map<String, String> environment;
  private final Clock clock;
  private final Pause pause;

  DockerAction(
      ReloadConfig.Docker config, Map<String, String> environment, Clock clock, Pause pause) {
    this.config = config;
    this.environment = Map.copyOf(environment);
    this.clock = clock;
    this.pause = pause;
  }

  @Override
  public String type() {
    return "docker";
  }

  @Override
  public ActionResult run(Occasion occasion) throws InterruptedException {
    try {
      Session session = new Session();
      JsonNode container = session.inspect();
      if (!container.path("State").path("Running").asBoolean(true)) {
        return new ActionResult.Failed("container " + config.container() + " is not running");
      }
      if (!config.exec().isEmpty()) return session.exec();
      HttpCall.Answer killed =
          session.ask("POST", "/containers/" + name() + "/kill?signal=SIGHUP", new byte[0]);
      if (killed.status() != 204) return failed("kill", killed);
      return new ActionResult.Done(shell(container).map(DockerAction::warning).orElse(""));
    } catch (IOException | JacksonException failure) {
      return new ActionResult.Failed("docker: " + failure.getMessage());
    }
  }

  /** A mount whose source is the file itself keeps showing the old file after a rename. */
  @Override
  public boolean holdsTheFileItself(Path file) throws InterruptedException {
    try {
      for (JsonNode mount : new Session().inspect().path("Mounts")) {
        boolean bind = mount.path("Type").asString("bind").equals("bind");
        String source = mount.path("Source").asString("");
        if (bind && !source.isEmpty() && same(Path.of(source), file)) return true;
      }
    } catch (IOException | JacksonException unknown) {
      // Who cannot be asked cannot be told either: the reload will say so.
    }
    return false;
  }

  private static boolean same(Path source, Path file) {
    try {
      return Files.isRegularFile(source) && Files.isSameFile(source, file);
    } catch (IOException notHere) {
      return false;
    }
  }

  private static String warning(String shell) {
    return "process 1 of the container is "
        + shell
        + ", which swallows HUP; use `exec: [kill, -HUP, PID]` or start the program with exec";
  }

  /**
   * The shell that is process 1, by its own name where /proc shows it, else by what was started.
   */
  private static Optional<String> shell(JsonNode container) {
    long pid = container.path("State").path("Pid").asLong(0);
    String started = container.path("Path").asString("");
    String name = started.substring(started.lastIndexOf('/') + 1);
    Path comm = Path.of("/proc", Long.toString(pid), "comm");
    if (pid > 1 && Files.isReadable(comm)) {
      try {
        name = Files.readString(comm, StandardCharsets.ISO_8859_1).strip();
      } catch (IOException gone) {
        // What the engine says has to do.
      }
    }
    return SHELLS.contains(name) ? Optional.of(name) : Optional.empty();
  }

  private ActionResult failed(String what, HttpCall.Answer answer) {
    return new ActionResult.Failed(
        "docker " + what + " " + config.container() + ": " + said(answer));
  }

  private static String said(HttpCall.Answer answer) {
    String text = "http " + answer.status();
    try {
      String message = JSON.readTree(answer.body()).path("message").asString("");
      return message.isEmpty() ? text : text + ", " + message;
    } catch (JacksonException notJson) {
      return text;
    }
  }

  private String name() {
    return URLEncoder.encode(config.container(), StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** One conversation: the version is asked once. */
  private final class Session {
    private final Engine engine;
    private final String prefix;
    private final long end = clock.nanos() + config.timeout().toNanos();

    Session() throws IOException, InterruptedException {
      this.engine = Engine.of(config, environment);
      HttpCall.Answer ping = engine.send("GET", "/_ping", new byte[0], left());
      if (ping.status() != 200) throw new IOException("ping: http " + ping.status());
      String offered = ping.fields().getOrDefault("api-version", "");
      Matcher version = VERSION.matcher(offered);
      if (version.matches()) {
        int minor = Math.min(MINOR_MAX, Integer.parseInt(version.group(2)));
        this.prefix = "/v" + version.group(1) + "." + minor;
      } else {
        this.prefix = "";
      }
    }

    private Duration left() throws IOException {
      Duration left = Duration.ofNanos(end - clock.nanos());
      if (!left.isPositive()) throw new IOException("no answer within " + config.timeout());
      return left;
    }

    HttpCall.Answer ask(String method, String target, byte[] body)
        throws IOException, InterruptedException {
      return engine.send(method, prefix + target, body, left());
    }

    JsonNode inspect() throws IOException, InterruptedException {
      HttpCall.Answer answer = ask("GET", "/containers/" + name() + "/json", new byte[0]);
      if (answer.status() != 200) {
        throw new IOException("container " + config.container() + ": " + said(answer));
      }
      return JSON.readTree(answer.body());
    }

    ActionResult exec() throws IOException, InterruptedException {
      byte[] wish = JSON.writeValueAsBytes(Map.of("Cmd", config.exec(), "AttachStdout", false));
      HttpCall.Answer made = ask("POST", "/containers/" + name() + "/exec", wish);
      if (made.status() != 201) return failed("exec", made);
      String id = JSON.readTree(made.body()).path("Id").asString("");
      if (!id.matches("[A-Za-z0-9_-]{1,128}")) throw new IOException("exec without an id");
      HttpCall.Answer started =
          ask("POST", "/exec/" + id + "/start", JSON.writeValueAsBytes(Map.of("Detach", true)));
      if (started.status() != 200 && started.status() != 204) return failed("exec", started);
      while (true) {
        HttpCall.Answer state = ask("GET", "/exec/" + id + "/json", new byte[0]);
        if (state.status() != 200) return failed("exec", state);
        JsonNode json = JSON.readTree(state.body());
        if (!json.path("Running").asBoolean(false)) {
          int exit = json.path("ExitCode").asInt(-1);
          return exit == 0
              ? new ActionResult.Done("")
              : new ActionResult.Failed(List.copyOf(config.exec()) + " ended with " + exit);
        }
        pause.sleep(POLL);
      }
    }
  }
}
