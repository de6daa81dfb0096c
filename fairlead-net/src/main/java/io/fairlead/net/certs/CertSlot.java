package io.fairlead.net.certs;

import io.fairlead.net.acme.Renewal;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.ServedCert;
import java.time.Instant;
import java.util.Optional;

/** One certificate of the configuration and its history. Guarded by its keeper's lock. */
final class CertSlot {
  final String id;
  final CertSource source;
  final ServedCert place;
  Optional<String> lastError = Optional.empty();
  Optional<Renewal.Window> window = Optional.empty();
  Optional<Instant> notBefore = Optional.empty(); // of the next attempt, after a failure
  Instant windowAsked = Instant.MIN;
  double chance; // one draw for each certificate, so that its due time stands still
  int failures;
  boolean ordering;
  boolean paused; // by the server, not by us
  boolean wanted; // an operator wants the next one now

  CertSlot(String id, CertSource source, ServedCert place) {
    this.id = id;
    this.source = source;
    this.place = place;
  }

  /** When the next certificate is to be asked for; empty when somebody else renews it. */
  Optional<Instant> due() {
    if (source instanceof CertSource.Files) return Optional.empty();
    Optional<CertifiedKey> held = place.current();
    Instant due =
        held.map(cert -> Renewal.due(cert.notBefore(), cert.notAfter(), window, chance))
            .orElse(Instant.EPOCH);
    if (held.isPresent() && !coversAll(held.get())) due = Instant.EPOCH;
    if (wanted) due = Instant.EPOCH;
    Instant earliest = notBefore.orElse(Instant.EPOCH);
    return Optional.of(due.isBefore(earliest) ? earliest : due);
  }

  CertReport report(Instant now) {
    Optional<CertifiedKey> held = place.current();
    CertReport.State state;
    if (held.isEmpty()) {
      state = ordering ? CertReport.State.PENDING : CertReport.State.MISSING;
    } else if (ordering) {
      state = CertReport.State.RENEWING;
    } else {
      state =
          now.isAfter(held.get().notAfter()) ? CertReport.State.EXPIRED : CertReport.State.VALID;
    }
    return new CertReport(id, source.word(), state, source.hosts(), held, due(), lastError);
  }

  private boolean coversAll(CertifiedKey cert) {
    if (!(source instanceof CertSource.Acme)) return true; // issued for just them
    return cert.names().containsAll(source.hosts());
  }
}
