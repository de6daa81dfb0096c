package io.fairlead.app.config;

import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.net.certs.TicketSettings;
import io.fairlead.net.loop.TransportKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * Section {@code runtime}: what belongs to the process as a whole.
 *
 * @param eventLoops threads of the data plane; empty means one for each core
 * @param pidFile written once ready, removed at the end
 * @param reload how changes of the configuration are made
 * @param tickets keys of TLS session tickets
 * @param upgradeDir below which an upgrade may name a program to start
 */
public record RuntimeConfig(
    Path stateDir,
    Drain drain,
    Optional<Integer> eventLoops,
    TransportKind transport,
    Optional<Path> pidFile,
    ReloadSettings reload,
    Optional<Path> upgradeDir,
    TicketSettings tickets) {
  /**
   * How things end in peace.
   *
   * @param stop bound of a whole stop
   * @param announce how long a stopping process still accepts while it says it is not ready
   * @param http how long requests of a retired listener may take
   * @param stream how long streams of a retired listener may go on
   * @param spread part of {@code http} over which idle connections are closed
   */
  public record Drain(
      Duration stop, Duration announce, Duration http, Duration stream, double spread) {
    static final RecordType<Drain> TYPE =
        RecordType.define(
            "drain",
            "How connections end when their listener or the process goes.",
            fields -> {
              Field<Duration> stop =
                  fields
                      .key("stop", Types.duration(), "Bound of a whole stop.")
                      .orElse(Duration.ofSeconds(30));
              Field<Duration> announce =
                  fields
                      .key(
                          "announce",
                          Types.duration(),
                          "How long a stopping process still accepts while /readyz says no.")
                      .orElse(Duration.ofSeconds(5));
              Field<Duration> http =
                  fields
                      .key(
                          "http",
                          Types.duration(),
                          "How long requests on a removed listener may take to end.")
                      .orElse(Duration.ofSeconds(30));
              Field<Duration> stream =
                  fields
                      .key(
                          "stream",
                          Types.duration(),
                          "How long tunnels and WebSockets on a removed listener may go on.")
                      .orElse(Duration.ofHours(1));
              Field<Double> spread =
                  fields
                      .key(
                          "spread",
                          Types.number().between(0, 1),
                          "Part of `http` over which idle connections are closed, so that clients do"
                              + " not all come back at once.")
                      .orElse(0.8);
              return values ->
                  new Drain(
                      values.get(stop),
                      values.get(announce),
                      values.get(http),
                      values.get(stream),
                      values.get(spread));
            });
  }

  private static final RecordType<TicketSettings> TICKETS =
      RecordType.define(
          "tls_tickets",
          "Keys of TLS session tickets, by which clients come back at less cost.",
          fields -> {
            Field<Optional<Path>> file =
                fields
                    .key(
                        "file",
                        Types.path(),
                        "Keys that several gateways share: one to three lines of 96 hexadecimal"
                            + " digits, the newest first; taken over when it changes. Random ones"
                            + " when it is not given.")
                    .optional();
            Field<Duration> rotation =
                fields
                    .key(
                        "rotation",
                        Types.duration(),
                        "How long a random key is used for new tickets; it is kept for twice as"
                            + " long besides.")
                    .orElse(TicketSettings.DEFAULTS.rotation());
            return values -> new TicketSettings(values.get(file), values.get(rotation));
          });

  private static final RecordType<Optional<Path>> UPGRADE =
      RecordType.define(
          "upgrade",
          "Replacing the process by a new one.",
          fields -> {
            Field<Optional<Path>> allowDir =
                fields
                    .key(
                        "allow_dir",
                        Types.path(),
                        "Folder below which `--binary` of `fairlead upgrade` may name a program."
                            + " Without it an upgrade starts the running program again.")
                    .optional();
            return values -> values.get(allowDir);
          });

  public static final RecordType<RuntimeConfig> TYPE =
      RecordType.define(
          "runtime",
          "The process as a whole.",
          fields -> {
            Field<Path> stateDir =
                fields
                    .key(
                        "state_dir",
                        Types.path(),
                        "Where the gateway keeps what must survive it: its control token, later its"
                            + " stores. Created with mode 0700.")
                    .reload(ReloadClass.RESTART)
                    .orElse(Path.of("state"));
            Field<Drain> drain =
                fields
                    .key("drain", Drain.TYPE, "How things end in peace.")
                    .orElse(Drain.TYPE.defaults());
            Field<Optional<Integer>> loops =
                fields
                    .key(
                        "event_loops",
                        Types.orWord("auto", Types.integer().between(1, 1024)),
                        "Threads of the data plane; auto = one for each core.")
                    .reload(ReloadClass.RESTART)
                    .orElse(Optional.empty());
            Field<TransportKind> transport =
                fields
                    .key(
                        "transport",
                        Types.choice(TransportKind.class),
                        "How sockets are driven; auto takes epoll, then kqueue, then nio.")
                    .reload(ReloadClass.RESTART)
                    .orElse(TransportKind.AUTO);
            Field<Optional<Path>> pidFile =
                fields
                    .key("pid_file", Types.path(), "Holds the process id while the gateway serves.")
                    .reload(ReloadClass.RESTART)
                    .optional();
            ReloadSettings.Keys reload = ReloadSettings.keys(fields);
            Field<Optional<Path>> upgrade =
                fields
                    .key("upgrade", UPGRADE, "Replacing the process by a new one.")
                    .orElse(Optional.empty());
            Field<TicketSettings> tickets =
                fields
                    .key("tls_tickets", TICKETS, "Keys of TLS session tickets.")
                    .orElse(TicketSettings.DEFAULTS);
            return values ->
                new RuntimeConfig(
                    values.get(stateDir),
                    values.get(drain),
                    values.get(loops),
                    values.get(transport),
                    values.get(pidFile),
                    reload.read(values),
                    values.get(upgrade),
                    values.get(tickets));
          });
}
