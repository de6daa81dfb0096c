package io.fairlead.pubsub.netty;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.ServiceSettings;
import io.netty.channel.EventLoop;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;

/**
 * Where a connection lives, and its bounds.
 *
 * @param loop every connection of one service is on the same
 */
public record Wiring(
    EventLoops loops,
    EventLoop loop,
    Randomness randomness,
    Duration connectTimeout,
    ServiceSettings.Bounds bounds) {
  /** For a connection outside of any service, on a loop of its own that ends with it. */
  public static CompletionStage<ConnectionHandle> alone(
      Function<Wiring, CompletionStage<ConnectionHandle>> dial) {
    EventLoops own = EventLoops.create(1, TransportKind.AUTO, "pubsub-line");
    Wiring wiring =
        new Wiring(
            own,
            own.next(),
            Randomness.system(),
            ServiceSettings.DEFAULT.connectTimeout(),
            ServiceSettings.Bounds.DEFAULT);
    return dial.apply(wiring)
        .whenComplete(
            (connection, failure) -> {
              if (connection == null) own.close();
              else connection.terminated().whenComplete((_, _) -> own.close());
            });
  }
}
