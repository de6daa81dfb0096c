package io.fairlead.http.exchange;

import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.rate.Pace;
import io.netty.util.Attribute;
import io.netty.util.AttributeKey;
import java.util.OptionalLong;

/** The pace that all requests of one client connection share. Confined to its event loop. */
final class ConnectionPace {
  private static final AttributeKey<Pace.Shared> KEY =
      AttributeKey.valueOf(ConnectionPace.class, "pace");

  private ConnectionPace() {}

  /** The connection's, which goes by that rate from now on. */
  static Pace of(ServerExchange exchange, ByteSize rate, Clock clock) {
    Attribute<Pace.Shared> kept = exchange.channel().attr(KEY);
    Pace.Shared pace = kept.get();
    if (pace == null) {
      pace = Pace.shared(clock);
      kept.set(pace);
    }
    pace.rate(OptionalLong.of(rate.bytes()));
    return pace;
  }
}
