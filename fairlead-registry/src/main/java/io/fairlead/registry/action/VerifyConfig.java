package io.fairlead.registry.action;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** How to see that a process took its new list. */
public sealed interface VerifyConfig {
  /** Nobody looks. */
  VerifyConfig NOBODY = new None(Timing.TYPE.defaults());

  Timing timing();

  /**
   * When to look.
   *
   * @param delay before the first look
   * @param every between two looks
   * @param within two good looks in a row must come
   * @param watch afterwards, in which a bad look still counts
   */
  record Timing(Duration delay, Duration every, Duration within, Duration watch) {
    public static final RecordType<Timing> TYPE =
        RecordType.define(
            "registry_verify_timing",
            "When to look whether the process took its new list.",
            fields -> {
              Field<Duration> delay =
                  fields
                      .key("delay", Types.duration(), "Before the first look.")
                      .orElse(Duration.ofMillis(200));
              Field<Duration> every =
                  fields
                      .key(
                          "every",
                          Types.duration().atLeast(Duration.ofMillis(10)),
                          "Between two looks.")
                      .orElse(Duration.ofMillis(500));
              Field<Duration> within =
                  fields
                      .key(
                          "within",
                          Types.duration(),
                          "Two good looks in a row must come in this time.")
                      .orElse(Duration.ofSeconds(10));
              Field<Duration> watch =
                  fields
                      .key(
                          "watch",
                          Types.duration(),
                          "Afterwards a bad look still counts, for this long.")
                      .orElse(Duration.ofSeconds(5));
              return values ->
                  new Timing(
                      values.get(delay), values.get(every), values.get(within), values.get(watch));
            });
  }

  /** A connection can be made. */
  record Tcp(Destination.HostPort address, Timing timing) implements VerifyConfig {
    static final RecordType<Tcp> TYPE =
        RecordType.define(
            "registry_verify_tcp",
            "A TCP connection can be made.",
            fields -> {
              Field<Destination.HostPort> address =
                  fields
                      .key("address", Types.hostPort(), "Where to connect.")
                      .example("127.0.0.1:8085")
                      .required();
              Field<Timing> timing = fields.flattened(Timing.TYPE);
              return values -> new Tcp(values.get(address), values.get(timing));
            });
  }

  /**
   * An answer is right.
   *
   * @param pointer JSON Pointer into the body
   * @param value what must stand there, as text
   */
  record Http(URI url, int status, Optional<String> pointer, Optional<String> value, Timing timing)
      implements VerifyConfig {
    static final RecordType<Http> TYPE =
        RecordType.define(
            "registry_verify_http",
            "A GET is answered as it should be; redirects are not followed.",
            fields -> {
              Field<URI> url =
                  fields
                      .key("url", Types.httpUrl(), "What to ask.")
                      .example("http://127.0.0.1:8085/health")
                      .required();
              Field<Integer> status =
                  fields
                      .key("status", Types.integer().between(100, 599), "The status that is good.")
                      .orElse(200);
              Field<Optional<String>> pointer =
                  fields
                      .key(
                          "pointer",
                          Types.string().matching("/.*", "a JSON Pointer such as /state"),
                          "Look at this place of a JSON body.")
                      .optional();
              Field<Optional<String>> value =
                  fields.key("value", Types.string(), "What must stand there, as text.").optional();
              Field<Timing> timing = fields.flattened(Timing.TYPE);
              return values ->
                  new Http(
                      values.get(url),
                      values.get(status),
                      values.get(pointer),
                      values.get(value),
                      values.get(timing));
            });
  }

  /** Another gateway says that it runs the new file. */
  record Fairlead(URI url, Optional<Secret> secret, Timing timing) implements VerifyConfig {
    static final RecordType<Fairlead> TYPE =
        RecordType.define(
            "registry_verify_fairlead",
            "Another gateway's status names the digest of the new file.",
            fields -> {
              Field<URI> url =
                  fields
                      .key("url", Types.httpUrl(), "Its control address.")
                      .example("http://127.0.0.1:8837")
                      .required();
              Field<Optional<Secret>> secret =
                  fields.key("secret", Types.secret(), "Its control token.").optional();
              Field<Timing> timing = fields.flattened(Timing.TYPE);
              return values ->
                  new Fairlead(values.get(url), values.get(secret), values.get(timing));
            });
  }

  /** A program agrees. */
  record Exec(List<String> argv, List<Integer> okExit, Timing timing) implements VerifyConfig {
    static final RecordType<Exec> TYPE =
        RecordType.define(
            "registry_verify_exec",
            "A program says so by its exit code; needs registry.allow_exec.",
            fields -> {
              Field<List<String>> argv = ActionKeys.argv(fields);
              Field<List<Integer>> okExit = ActionKeys.okExit(fields);
              Field<Timing> timing = fields.flattened(Timing.TYPE);
              return values -> new Exec(values.get(argv), values.get(okExit), values.get(timing));
            });
  }

  /** Nobody looks. */
  record None(Timing timing) implements VerifyConfig {
    static final RecordType<None> TYPE =
        RecordType.define(
            "registry_verify_none",
            "Nobody looks: the action's own success counts.",
            _ -> _ -> new None(Timing.TYPE.defaults()));
  }

  /** Key {@code verify} of a target: one of the types above. */
  static ConfigType<VerifyConfig> type() {
    Map<String, RecordType<? extends VerifyConfig>> types = new LinkedHashMap<>();
    types.put("tcp", Tcp.TYPE);
    types.put("http", Http.TYPE);
    types.put("fairlead", Fairlead.TYPE);
    types.put("exec", Exec.TYPE);
    types.put("none", None.TYPE);
    return Types.variants("type", types);
  }
}
