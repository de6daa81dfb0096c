package io.fairlead.app;

import io.fairlead.app.config.LogsConfig;
import io.fairlead.app.logs.LogSetup;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.watch.Watch;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.dial.DnsLimits;
import io.fairlead.net.listen.ProcessLimits;
import io.fairlead.net.overload.LoadWatch;
import java.util.Locale;

/** Settings that take effect by being read: process limits, the load's bounds and the log. */
final class LiveSettings implements Reloadable<GatewayConfig> {
  private final WatchValue<ProcessLimits> limits;
  private final WatchValue<LoadWatch.Settings> load;
  private final WatchValue<DnsLimits> dns;

  LiveSettings(GatewayConfig first) {
    this.limits = new WatchValue<>(first.limits().listeners());
    this.load = new WatchValue<>(first.limits().load());
    this.dns = new WatchValue<>(first.limits().dns());
  }

  Watch<ProcessLimits> limits() {
    return limits;
  }

  Watch<LoadWatch.Settings> load() {
    return load;
  }

  Watch<DnsLimits> dns() {
    return dns;
  }

  @Override
  public Prepared prepare(GatewayConfig next) {
    return new Prepared() {
      @Override
      public void commit() {
        limits.set(next.limits().listeners());
        load.set(next.limits().load());
        dns.set(next.limits().dns());
        applyLogs(next.logs());
      }

      @Override
      public void discard() {}
    };
  }

  private static void applyLogs(LogsConfig logs) {
    LogSetup.Form form =
        switch (logs.format()) {
          case TEXT -> LogSetup.Form.TEXT;
          case JSON -> LogSetup.Form.JSON;
          case AUTO -> LogSetup.automatic();
        };
    LogSetup.apply(logs.level().name().toLowerCase(Locale.ROOT), form, logs.lines());
  }
}
