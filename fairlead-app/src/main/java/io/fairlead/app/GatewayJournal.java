package io.fairlead.app;

import io.fairlead.app.accesslog.AccessLogService;
import io.fairlead.app.trace.Journals;
import io.fairlead.app.trace.SpanService;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.event.EventBus;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.trace.Spans;
import io.fairlead.net.journal.AccessLog;
import io.fairlead.net.live.ConnectionRegistry;
import java.util.List;
import java.util.function.LongSupplier;

/** What becomes of the gateway's work, told to its access log and to who collects traces. */
record GatewayJournal(AccessLogService access, SpanService spans) {
  /**
   * @param name what the gateway calls itself
   * @param generation of the running configuration
   */
  static GatewayJournal of(
      String name,
      ConnectionRegistry connections,
      LongSupplier generation,
      EventBus events,
      Meters meters,
      Clock clock) {
    return new GatewayJournal(
        new AccessLogService(connections::stream, generation, meters, clock),
        SpanService.otlp(name, events, meters, clock, Randomness.system()));
  }

  /** Where features tell of requests and streams. */
  AccessLog entries() {
    return new Journals(access, spans);
  }

  /** Where they tell of other work. */
  Spans work() {
    return spans;
  }

  List<Reloadable<GatewayConfig>> reloadables() {
    return List.of(this::lines, next -> spans.prepare(next.telemetry().tracing()));
  }

  private Prepared lines(GatewayConfig next) throws ConfigException {
    return access.prepare(next.logs().access());
  }
}
