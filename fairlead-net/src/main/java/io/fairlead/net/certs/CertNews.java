package io.fairlead.net.certs;

import io.fairlead.core.event.EventBus;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.net.tls.CertifiedKey;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the log, the events and the meters what became of certificates. Thread-safe. */
final class CertNews {
  private static final Logger log = LoggerFactory.getLogger(CertNews.class);
  private static final String EXPIRY = "cert.expiry.timestamp.seconds";

  private final EventBus events;
  private final Meters meters;
  private final Clock clock;

  CertNews(EventBus events, Meters meters, Clock clock) {
    this.events = events;
    this.meters = meters;
    this.clock = clock;
    for (String source : List.of("files", "internal", "acme")) {
      changes(source, "ok");
      changes(source, "failed");
    }
  }

  /** Another certificate is served. */
  void swapped(CertSlot slot, CertifiedKey cert) {
    changes(slot.source.word(), "ok").increment();
    log.atInfo()
        .addKeyValue("cert", slot.id)
        .addKeyValue("source", slot.source.word())
        .addKeyValue("not_after", cert.notAfter())
        .log("certificate taken over");
    events.publish(
        new GatewayEvent.CertificateTakenOver(
            clock.wall(),
            slot.id,
            slot.source.word(),
            List.copyOf(cert.names()),
            cert.issuer(),
            cert.notAfter()));
  }

  /** The last good one serves on, if there was one. */
  void failed(CertSlot slot, String why) {
    changes(slot.source.word(), "failed").increment();
    log.atWarn()
        .addKeyValue("cert", slot.id)
        .addKeyValue("source", slot.source.word())
        .addKeyValue("why", why)
        .log("certificate not renewed");
    events.publish(
        new GatewayEvent.CertificateFailed(clock.wall(), slot.id, slot.source.word(), why));
  }

  /** Shows when a certificate ends, from now on. */
  void show(CertSlot slot) {
    meters.gauge(
        EXPIRY,
        "When the certificate in use ends, in seconds since 1970; 0 while there is none.",
        () -> slot.place.current().map(cert -> cert.notAfter().getEpochSecond()).orElse(0L),
        "cert",
        slot.id);
  }

  void hide(CertSlot slot) {
    Gauge gauge = meters.registry().find("fairlead." + EXPIRY).tag("cert", slot.id).gauge();
    if (gauge != null) meters.registry().remove(gauge);
  }

  private Counter changes(String source, String result) {
    return meters.counter(
        "cert.changes",
        "Certificates taken over, and attempts that failed.",
        "source",
        source,
        "result",
        result);
  }
}
