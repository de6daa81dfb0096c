package io.fairlead.relay.reachability;

import io.fairlead.core.meter.Meters;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.libp2p.key.PeerId;
import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.mux.StreamCode;
import io.fairlead.libp2p.mux.WindowBudget;
import io.fairlead.libp2p.netty.InboundStreams;
import io.fairlead.libp2p.netty.PeerConnection;
import io.fairlead.libp2p.netty.StreamChannel;
import io.fairlead.libp2p.netty.Transport;
import io.fairlead.libp2p.netty.UpgradeSettings;
import io.fairlead.libp2p.netty.Upgrader;
import io.fairlead.libp2p.secure.Noise;
import io.fairlead.libp2p.secure.SecureMeters;
import io.fairlead.libp2p.secure.Tls;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.relay.codec.DialBackMessage;
import io.fairlead.relay.netty.MessageStream;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Dials exactly one address, as somebody else: under a key of its own and from a port that nobody
 * listens on, so that no connection there was helps. Speaks no protocols. Any thread.
 */
public final class BackDialer {
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(5);

  private final Transport transport;

  /** How far it came. */
  enum Outcome {
    NOT_REACHED,
    NOT_HEARD,
    HEARD
  }

  public BackDialer(EventLoops loops, Clock clock, Randomness randomness) {
    PrivateKey key = PrivateKey.generate();
    // Its meters would stand beside those of the node as if they were the node's.
    Meters unseen = new Meters(new SimpleMeterRegistry());
    SecureMeters secured = new SecureMeters(unseen);
    this.transport =
        new Transport(
            loops,
            new Upgrader(
                List.of(
                    new Noise(key, Runnable::run, secured),
                    new Tls(key, clock, randomness, Runnable::run, secured)),
                UpgradeSettings.DEFAULTS,
                new WindowBudget(ByteSize.ofMebi(8)),
                new Silent(),
                clock,
                unseen),
            Transport.WebSocketTls.NONE);
  }

  private static final class Silent implements InboundStreams {
    @Override
    public boolean speaks(PeerConnection connection, String protocol) {
      return false;
    }

    @Override
    public void opened(StreamChannel stream) {
      throw new IllegalStateException("nothing is spoken");
    }
  }

  boolean dials(Multiaddr address) {
    return transport.dials(address);
  }

  /** Dials, says the number and hangs up. Never fails. */
  CompletionStage<Outcome> dial(Multiaddr address, PeerId peer, long nonce) {
    CompletableFuture<Outcome> result = new CompletableFuture<>();
    transport
        .dial(address, peer, CONNECT_TIMEOUT, Optional.empty())
        .whenComplete(
            (connection, failure) -> {
              if (failure != null) {
                result.complete(Outcome.NOT_REACHED);
              } else {
                result.whenComplete((_, _) -> connection.close(StreamCode.NONE));
                say(connection, nonce, result);
              }
            });
    return result;
  }

  /**
   * Dials and hangs up: whether the peer was there. Never fails.
   *
   * @param timeout of all of it
   */
  CompletionStage<Boolean> reaches(Multiaddr address, PeerId peer, Duration timeout) {
    CompletableFuture<Boolean> result = new CompletableFuture<>();
    transport
        .dial(address, peer, timeout, Optional.empty())
        .whenComplete(
            (connection, failure) -> {
              result.complete(failure == null);
              if (failure == null) connection.close(StreamCode.NONE);
            });
    return result;
  }

  private static void say(
      PeerConnection connection, long nonce, CompletableFuture<Outcome> result) {
    CompletableFuture<MessageStream> made = new CompletableFuture<>();
    connection
        .open(
            List.of(io.fairlead.relay.codec.AutoNat2Message.DIAL_BACK),
            channel -> made.complete(MessageStream.on(channel, DialBackMessage.BYTES_MAX)))
        .thenCompose(
            _ -> {
              MessageStream stream = made.join();
              stream.send(new DialBackMessage(nonce).toBytes());
              return stream.next(ANSWER_TIMEOUT);
            })
        .whenComplete(
            (_, failure) -> result.complete(failure == null ? Outcome.HEARD : Outcome.NOT_HEARD));
  }
}
