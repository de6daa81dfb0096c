package io.fairlead.libp2p.netty;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Timer;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/** The meters of connections and their upgrades, resolved once. Thread-safe. */
final class UpgradeMeters {
  final LongAdder connections = new LongAdder();
  final LongAdder upgrading = new LongAdder();
  final Timer time;
  private final Counter inbound;
  private final Counter outbound;
  private final Map<UpgradeException.Reason, Counter> failures =
      new EnumMap<>(UpgradeException.Reason.class);

  UpgradeMeters(Meters meters) {
    meters.gauge("libp2p.connections", "Secured and multiplexed connections", connections::sum);
    meters.gauge("libp2p.upgrades", "Connections that are being upgraded", upgrading::sum);
    time = meters.timer("libp2p.upgrade.duration", "From the first byte to a usable connection");
    String opened = "Connections that became usable, by who dialled";
    inbound = meters.counter("libp2p.connections.opened", opened, "by", "peer");
    outbound = meters.counter("libp2p.connections.opened", opened, "by", "us");
    for (UpgradeException.Reason reason : UpgradeException.Reason.values()) {
      failures.put(
          reason,
          meters.counter(
              "libp2p.upgrades.failed",
              "Connections that did not become usable, by the reason",
              "reason",
              reason.word()));
    }
  }

  void opened(boolean dialler) {
    connections.increment();
    (dialler ? outbound : inbound).increment();
  }

  void failed(UpgradeException.Reason reason) {
    Counter counter = failures.get(reason);
    if (counter != null) counter.increment();
  }
}
