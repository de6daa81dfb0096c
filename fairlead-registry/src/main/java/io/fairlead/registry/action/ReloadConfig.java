package io.fairlead.registry.action;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How a process is told to read its file again. */
public sealed interface ReloadConfig {
  Duration DEFAULT_TIMEOUT = Duration.ofSeconds(30);

  /** How long one try may take. */
  Duration timeout();

  /** Nothing is told: the list's user looks for itself. */
  record Internal(Duration timeout) implements ReloadConfig {
    static final RecordType<Internal> TYPE =
        RecordType.define(
            "registry_reload_internal",
            "Nobody is told; whoever uses the file watches it.",
            fields -> {
              Field<Duration> timeout = ActionKeys.timeout(fields);
              return values -> new Internal(values.get(timeout));
            });
  }

  /**
   * HUP to a container.
   *
   * @param container name or id
   * @param socket of the engine; empty for {@code DOCKER_HOST} or the usual one
   * @param exec instead of the signal: a program to run in the container; empty for none
   * @param certificates folder with {@code ca.pem}, {@code cert.pem}, {@code key.pem} for TCP;
   *     empty for {@code DOCKER_CERT_PATH}
   */
  record Docker(
      String container,
      Optional<String> socket,
      List<String> exec,
      Optional<Path> certificates,
      Duration timeout)
      implements ReloadConfig {
    static final RecordType<Docker> TYPE =
        RecordType.define(
            "registry_reload_docker",
            "HUP to the main process of a container, through the engine's API.",
            fields -> {
              Field<String> container =
                  fields
                      .key("container", Types.string(), "Name or id of the container.")
                      .example("proxy")
                      .required();
              Field<Optional<String>> socket =
                  fields
                      .key(
                          "socket",
                          Types.string()
                              .matching("(unix:///|tcp://).+", "unix:///PATH or tcp://HOST:PORT"),
                          "The engine's API; without it $DOCKER_HOST, else"
                              + " unix:///var/run/docker.sock. TCP needs TLS.")
                      .optional();
              Field<List<String>> exec =
                  fields
                      .key(
                          "exec",
                          Types.listOf(Types.string()),
                          "Run this in the container instead of the signal: for containers whose"
                              + " main process is a shell, which swallows HUP.")
                      .orElse(List.of());
              Field<Optional<Path>> certificates =
                  fields
                      .key(
                          "certificates",
                          Types.path(),
                          "Folder with ca.pem, cert.pem and key.pem for TCP; without it"
                              + " $DOCKER_CERT_PATH.")
                      .optional();
              Field<Duration> timeout = ActionKeys.timeout(fields);
              return values ->
                  new Docker(
                      values.get(container),
                      values.get(socket),
                      values.get(exec),
                      values.get(certificates),
                      values.get(timeout));
            });

    /** With everything else at its default. */
    public static Docker of(String container, Optional<String> socket) {
      return new Docker(container, socket, List.of(), Optional.empty(), DEFAULT_TIMEOUT);
    }
  }

  /** HUP to a number. */
  record Pid(long pid, boolean allowInit, Expectation expect, Duration timeout)
      implements ReloadConfig {
    static final RecordType<Pid> TYPE =
        RecordType.define(
            "registry_reload_pid",
            "HUP to the process that has this number at the start; never to another that gets it"
                + " later.",
            fields -> {
              Field<Long> pid =
                  fields
                      .key("pid", Types.longInteger().atLeast(1), "Number of the process.")
                      .example("4711")
                      .required();
              Field<Boolean> allowInit = ActionKeys.allowInit(fields);
              Field<Expectation> expect = ActionKeys.expect(fields);
              Field<Duration> timeout = ActionKeys.timeout(fields);
              return values ->
                  new Pid(
                      values.get(pid),
                      values.get(allowInit),
                      values.get(expect),
                      values.get(timeout));
            });

    /** With everything else at its default. */
    public static Pid of(long pid) {
      return new Pid(pid, false, Expectation.ANY, DEFAULT_TIMEOUT);
    }
  }

  /** HUP to the number in a file. */
  record PidPath(Path file, boolean allowInit, Expectation expect, Duration timeout)
      implements ReloadConfig {
    static final RecordType<PidPath> TYPE =
        RecordType.define(
            "registry_reload_pid_path",
            "HUP to the process whose number stands in a file, which is read each time.",
            fields -> {
              Field<Path> file =
                  fields
                      .key(
                          "file",
                          Types.path(),
                          "A number, or {\"pid\": …, \"start_time\": …} with field 22 of"
                              + " /proc/PID/stat. At most 4 KiB, not writable by others.")
                      .example("/run/nginx.pid")
                      .required();
              Field<Boolean> allowInit = ActionKeys.allowInit(fields);
              Field<Expectation> expect = ActionKeys.expect(fields);
              Field<Duration> timeout = ActionKeys.timeout(fields);
              return values ->
                  new PidPath(
                      values.get(file),
                      values.get(allowInit),
                      values.get(expect),
                      values.get(timeout));
            });

    /** With everything else at its default. */
    public static PidPath of(Path file) {
      return new PidPath(file, false, Expectation.ANY, DEFAULT_TIMEOUT);
    }
  }

  /** Runs a program. */
  record Exec(List<String> argv, List<Integer> okExit, Duration timeout) implements ReloadConfig {
    static final RecordType<Exec> TYPE =
        RecordType.define(
            "registry_reload_exec",
            "Runs a program, without a shell; needs registry.allow_exec. What changed is in"
                + " FAIRLEAD_TARGET, _PLAN, _FILE, _ADDED, _REMOVED, _BLOCK and _TX.",
            fields -> {
              Field<List<String>> argv = ActionKeys.argv(fields);
              Field<List<Integer>> okExit = ActionKeys.okExit(fields);
              Field<Duration> timeout = ActionKeys.timeout(fields);
              return values -> new Exec(values.get(argv), values.get(okExit), values.get(timeout));
            });
  }

  /**
   * An HTTP request.
   *
   * @param secret sent as {@code Authorization: Bearer}
   * @param etagFrom asked first; its ETag goes into {@code If-Match}
   */
  record Http(
      URI url,
      String method,
      Map<String, String> headers,
      Optional<Secret> secret,
      Optional<URI> etagFrom,
      Duration timeout)
      implements ReloadConfig {
    static final RecordType<Http> TYPE =
        RecordType.define(
            "registry_reload_http",
            "An HTTP request; 2xx is success, a redirect is not followed.",
            fields -> {
              Field<URI> url =
                  fields
                      .key("url", Types.httpUrl(), "Where to.")
                      .example("http://127.0.0.1:8837/v1/reload")
                      .required();
              Field<String> method =
                  fields
                      .key(
                          "method",
                          Types.string().matching("[A-Z]{3,10}", "a method such as POST"),
                          "The request's method.")
                      .orElse("POST");
              Field<Map<String, String>> headers =
                  fields
                      .key("headers", Types.stringMap(), "Further fields of the request.")
                      .orElse(Map.of());
              Field<Optional<Secret>> secret =
                  fields
                      .key("secret", Types.secret(), "Sent as `Authorization: Bearer`.")
                      .optional();
              Field<Optional<URI>> etagFrom =
                  fields
                      .key(
                          "etag_from",
                          Types.httpUrl(),
                          "Ask this first and send its ETag as If-Match; of another gateway its"
                              + " /v1/now.")
                      .optional();
              Field<Duration> timeout = ActionKeys.timeout(fields);
              return values ->
                  new Http(
                      values.get(url),
                      values.get(method),
                      values.get(headers),
                      values.get(secret),
                      values.get(etagFrom),
                      values.get(timeout));
            });
  }

  /** {@code systemctl reload}. */
  record Systemd(String unit, Duration timeout) implements ReloadConfig {
    static final RecordType<Systemd> TYPE =
        RecordType.define(
            "registry_reload_systemd",
            "systemctl reload; the unit must be active afterwards.",
            fields -> {
              Field<String> unit =
                  fields
                      .key(
                          "unit",
                          Types.string()
                              .matching(
                                  "[A-Za-z0-9:_.\\\\@][A-Za-z0-9:_.\\\\@-]{0,255}",
                                  "the name of a unit"),
                          "Name of the unit.")
                      .example("nginx.service")
                      .required();
              Field<Duration> timeout = ActionKeys.timeout(fields);
              return values -> new Systemd(values.get(unit), values.get(timeout));
            });
  }

  /** Key {@code reload} of a target: one of the types above. */
  static ConfigType<ReloadConfig> type() {
    Map<String, RecordType<? extends ReloadConfig>> types = new LinkedHashMap<>();
    types.put("internal", Internal.TYPE);
    types.put("docker", Docker.TYPE);
    types.put("pid", Pid.TYPE);
    types.put("pid_path", PidPath.TYPE);
    types.put("exec", Exec.TYPE);
    types.put("http", Http.TYPE);
    types.put("systemd", Systemd.TYPE);
    return Types.variants("type", types);
  }
}
