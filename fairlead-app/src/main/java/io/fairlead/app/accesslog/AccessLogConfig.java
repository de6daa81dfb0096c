package io.fairlead.app.accesslog;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Section {@code logs.access}.
 *
 * @param format how a line looks, as written
 * @param sample share of the lines that is written, 0 to 1; errors of ours and answers from 500 on
 *     always are
 * @param maskIp whether clients' addresses lose their last part
 * @param unmask names of query parameters that are written although they look like secrets
 * @param interim how often a stream that goes on gets a line
 */
public record AccessLogConfig(
    boolean enabled,
    Sink sink,
    String format,
    double sample,
    boolean maskIp,
    List<String> unmask,
    Duration interim) {
  /** Where lines go. */
  public sealed interface Sink {
    /** Standard output. */
    record Output() implements Sink {}

    /**
     * A file.
     *
     * @param maxSize bytes after which a new one is begun
     * @param maxAge after which a new one is begun
     * @param keep older ones kept
     */
    record ToFile(Path path, long maxSize, Duration maxAge, int keep) implements Sink {}

    /**
     * A syslog server (RFC 5424 over RFC 5426 or RFC 6587).
     *
     * @param server {@code udp://host:port} or {@code tcp://host:port}
     */
    record Syslog(URI server, Facility facility) implements Sink {}
  }

  /** Facilities that are free for programs such as this (RFC 5424 §6.2.1). */
  public enum Facility {
    DAEMON(3),
    LOCAL0(16),
    LOCAL1(17),
    LOCAL2(18),
    LOCAL3(19),
    LOCAL4(20),
    LOCAL5(21),
    LOCAL6(22),
    LOCAL7(23);

    private final int code;

    Facility(int code) {
      this.code = code;
    }

    int code() {
      return code;
    }
  }

  private enum Kind {
    STDOUT,
    FILE,
    SYSLOG
  }

  public static final RecordType<AccessLogConfig> TYPE =
      RecordType.define(
          "access",
          "The access log: one line for each request, tunnel and stream.",
          ReloadClass.LIVE,
          fields -> {
            Field<Boolean> enabled =
                fields
                    .key(
                        "enabled",
                        Types.bool(),
                        "Whether there is one. A site's `access_log: false` leaves its requests out.")
                    .orElse(false);
            Field<Kind> sink =
                fields.key("sink", Types.choice(Kind.class), "Where lines go.").orElse(Kind.STDOUT);
            Field<Optional<Path>> file =
                fields
                    .key(
                        "file",
                        Types.path(),
                        "The file, with `sink: file`. One that was moved or removed is begun anew within a second.")
                    .example("/var/log/fairlead/access.log")
                    .optional();
            Field<ByteSize> maxSize =
                fields
                    .key(
                        "max_size",
                        Types.size().atLeast(ByteSize.ofKibi(4)).atMost(ByteSize.ofMebi(1 << 20)),
                        "Size of the file after which a new one is begun; the old one becomes NAME.1.")
                    .orElse(ByteSize.ofMebi(100));
            Field<Duration> maxAge =
                fields
                    .key(
                        "max_age",
                        Types.timeLimit(Duration.ofMinutes(1)),
                        "Age of the file after which a new one is begun, or `off`.")
                    .orElse(Duration.ofDays(1));
            Field<Integer> keep =
                fields
                    .key(
                        "keep",
                        Types.integer().between(1, 1000),
                        "Older files kept; the oldest goes first.")
                    .orElse(10);
            Field<Optional<URI>> server =
                fields
                    .key("syslog", Types.url("udp", "tcp"), "The server, with `sink: syslog`.")
                    .example("udp://127.0.0.1:514")
                    .optional();
            Field<Facility> facility =
                fields
                    .key("facility", Types.choice(Facility.class), "Facility of syslog messages.")
                    .orElse(Facility.LOCAL7);
            Field<String> format =
                fields
                    .key(
                        "format",
                        Types.string().atMost(4096),
                        "`json`, `combined`, `main`, or a text with variables such as"
                            + " `{client_ip} {method} {url} {status}`.")
                    .orElse("json");
            Field<Double> sample =
                fields
                    .key(
                        "sample",
                        Types.number().between(0, 1),
                        "Share of the lines that is written. Lines with an error of ours or a"
                            + " status from 500 on always are.")
                    .orElse(1.0);
            Field<Boolean> maskIp =
                fields
                    .key(
                        "mask_ip",
                        Types.bool(),
                        "Writes clients' networks (/24, /48) instead of their addresses.")
                    .orElse(false);
            Field<List<String>> unmask =
                fields
                    .key(
                        "unmask",
                        Types.listOf(Types.string()),
                        "Query parameters that are written although their name looks like that of"
                            + " a secret (token, key, secret, pass, auth, sig).")
                    .orElse(List.of());
            Field<Duration> interim =
                fields
                    .key(
                        "interim",
                        Types.timeLimit(Duration.ofSeconds(1)),
                        "How often a tunnel or stream that goes on gets a line, or `off`.")
                    .orElse(Duration.ofMinutes(10));
            fields.check(
                (values, checks) -> {
                  if (values.get(sink) == Kind.FILE && values.get(file).isEmpty()) {
                    checks.error(
                        sink,
                        Codes.REQUIRED,
                        "`sink: file` needs a file",
                        "add `file: access.log`");
                  }
                  if (values.get(sink) == Kind.SYSLOG
                      && values.get(server).filter(uri -> uri.getPort() > 0).isEmpty()) {
                    checks.error(
                        sink,
                        Codes.REQUIRED,
                        "`sink: syslog` needs a server with its port",
                        "add `syslog: \"udp://127.0.0.1:514\"`");
                  }
                  LineFormat.problem(values.get(format))
                      .ifPresent(
                          why ->
                              checks.error(
                                  format,
                                  Codes.OUT_OF_RANGE,
                                  why,
                                  "write json, combined, main or variables"));
                });
            return values ->
                new AccessLogConfig(
                    values.get(enabled),
                    switch (values.get(sink)) {
                      case STDOUT -> new Sink.Output();
                      case FILE ->
                          new Sink.ToFile(
                              values.get(file).orElse(Path.of("access.log")),
                              values.get(maxSize).bytes(),
                              values.get(maxAge),
                              values.get(keep));
                      case SYSLOG ->
                          new Sink.Syslog(
                              values.get(server).orElse(URI.create("udp://127.0.0.1:514")),
                              values.get(facility));
                    },
                    values.get(format),
                    values.get(sample),
                    values.get(maskIp),
                    values.get(unmask),
                    values.get(interim));
          });

  public AccessLogConfig {
    unmask = List.copyOf(unmask);
  }
}
