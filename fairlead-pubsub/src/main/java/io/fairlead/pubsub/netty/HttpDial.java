package io.fairlead.pubsub.netty;

import io.fairlead.net.tls.ClientTls;
import io.fairlead.pubsub.ConnectionHandle;
import io.fairlead.pubsub.ConnectorAuth;
import io.fairlead.pubsub.EndpointUrl;
import io.fairlead.pubsub.HttpPollConnector;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;

/** Opens connections over HTTP. */
public final class HttpDial {
  private HttpDial() {}

  /**
   * @param kind how news are asked for
   * @param interval fixed pause between questions; empty: a third of the time between blocks
   */
  public static CompletionStage<ConnectionHandle> open(
      Wiring wiring,
      EndpointUrl url,
      ConnectorAuth auth,
      Supplier<ClientTls> tls,
      HttpPollConnector.Kind kind,
      Optional<Duration> interval) {
    CompletionStage<ConnectionHandle> plain =
        new HttpConnection(wiring, url, auth.fields(url), tls).start();
    if (kind == HttpPollConnector.Kind.OFF) return plain;
    PollPace pace =
        interval.map(PollPace::fixed).orElseGet(() -> PollPace.adapting(url.loopback()));
    return plain.thenApply(
        connection ->
            new PollingConnection(connection, wiring.loops().timers(wiring.loop()), kind, pace));
  }
}
