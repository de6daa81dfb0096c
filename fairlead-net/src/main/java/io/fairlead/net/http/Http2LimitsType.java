package io.fairlead.net.http;

import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.ByteSize;
import java.time.Duration;

/** How the bounds of HTTP/2 connections are read; for sites and forward services alike. */
public final class Http2LimitsType {
  private static final Http2Limits DEFAULTS = Http2Limits.DEFAULTS;

  public static final RecordType<Http2Limits> TYPE =
      RecordType.define(
          "Http2Limits",
          "bounds of HTTP/2 connections of clients; for new connections",
          ReloadClass.LIVE,
          f -> {
            var streams =
                f.key(
                        "streams",
                        Types.integer().between(1, 100_000),
                        "Concurrent requests of a connection; more are refused. A request counts"
                            + " until the work it caused is over, even when its client gave it up.")
                    .orElse(DEFAULTS.streams());
            var window =
                f.key("window", size(64, 16 * 1024), "Body bytes of one request on their way.")
                    .orElse(DEFAULTS.window());
            var connectionWindow =
                f.key(
                        "connection_window",
                        size(64, 64 * 1024),
                        "Body bytes of all requests of a connection on their way.")
                    .orElse(DEFAULTS.connectionWindow());
            var headerList =
                f.key("header_list", size(1, 1024), "Largest head, uncompressed; more is 431.")
                    .orElse(DEFAULTS.headerList());
            var resets =
                f.key(
                        "resets",
                        Types.limit(),
                        "Streams a client may reset, and may make us reset, within"
                            + " `resets_within`; more ends the connection.")
                    .orElse(DEFAULTS.resets());
            var resetsWithin =
                f.key("resets_within", time(), "Time that `resets` is counted for.")
                    .orElse(DEFAULTS.resetsWithin());
            var control =
                f.key(
                        "control_frames",
                        Types.limit(),
                        "SETTINGS frames, and PING frames, within `control_within`; more ends the"
                            + " connection.")
                    .orElse(DEFAULTS.controlFrames());
            var controlWithin =
                f.key("control_within", time(), "Time that `control_frames` is counted for.")
                    .orElse(DEFAULTS.controlWithin());
            var queued =
                f.key(
                        "queued_control_frames",
                        Types.integer().between(16, 100_000),
                        "Answers to control frames that may wait; more ends the connection.")
                    .orElse(DEFAULTS.queuedControlFrames());
            var empty =
                f.key(
                        "empty_frames",
                        Types.integer().between(1, 1_000),
                        "Frames in a row that carry nothing; more ends the connection.")
                    .orElse(DEFAULTS.emptyFrames());
            var continuations =
                f.key(
                        "continuations",
                        Types.integer().between(1, 1_000),
                        "CONTINUATION frames of one head; more ends the connection.")
                    .orElse(DEFAULTS.continuations());
            return v ->
                new Http2Limits(
                    v.get(streams),
                    v.get(window),
                    v.get(connectionWindow),
                    v.get(headerList),
                    v.get(resets),
                    v.get(resetsWithin),
                    v.get(control),
                    v.get(controlWithin),
                    v.get(queued),
                    v.get(empty),
                    v.get(continuations),
                    false);
          });

  private Http2LimitsType() {}

  private static ConfigType<ByteSize> size(long minKibi, long maxKibi) {
    return Types.size().atLeast(ByteSize.ofKibi(minKibi)).atMost(ByteSize.ofKibi(maxKibi));
  }

  private static ConfigType<Duration> time() {
    return Types.duration().atLeast(Duration.ofSeconds(1));
  }
}
