package io.fairlead.it.chain;

import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.mqtt.client.MqttLink;
import io.fairlead.mqtt.codec.Packet;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.net.auth.IdentityKey;
import io.fairlead.net.auth.TokenMint;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** One member of a list on its paths, and when each of them ends. */
final class Member implements AutoCloseable {
  final MemberServer server;
  final IdentityKey key = IdentityKey.make(Randomness.system());
  final List<AutoCloseable> open = new ArrayList<>();
  final Map<String, CompletableFuture<Long>> ends = new TreeMap<>();
  private final Map<String, Callable<Boolean>> looks = new TreeMap<>();

  Member(int number) throws IOException {
    server = new MemberServer("M" + number);
  }

  String peerId() {
    return key.publicKey().peerId();
  }

  String token() {
    return TokenMint.mint(key, "fairlead", Duration.ofMinutes(30), Clock.system().wall(), true);
  }

  /** A path that tells nobody when it ends: once {@link #look} is called, it is looked at. */
  void lookedAt(String path, Callable<Boolean> ended) {
    looks.put(path, ended);
  }

  /** Looks every few milliseconds from now on. */
  void look() {
    looks.forEach(
        (path, ended) ->
            ends.put(path, CompletableFuture.supplyAsync(() -> when(ended), Member::start)));
  }

  /** Tells when a stream ends, as its reader sees it. */
  void watch(String path, RawClient client) {
    open.add(client);
    client.timeout(Duration.ofMinutes(10));
    ends.put(path, CompletableFuture.supplyAsync(() -> end(client), Member::start));
  }

  private static void start(Runnable task) {
    Thread.ofVirtual().start(task);
  }

  private static long end(RawClient client) {
    try {
      client.awaitEnd();
    } catch (IOException reset) {
      return System.nanoTime();
    }
    return System.nanoTime();
  }

  void watch(MqttLink link) {
    open.add(link);
    ends.put("mqtt", CompletableFuture.supplyAsync(() -> end(link), Member::start));
  }

  private static long end(MqttLink link) {
    try {
      while (true) {
        Optional<Packet> packet = link.take(Duration.ofMinutes(10));
        if (packet.isPresent() && packet.get() instanceof Packet.Disconnect end) {
          if (end.reason() == ReasonCode.ADMINISTRATIVE_ACTION) break;
          throw new AssertionError("disconnected with " + end.reason());
        }
      }
    } catch (IOException closed) {
      return System.nanoTime();
    }
    return System.nanoTime();
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : open) each.close();
    server.close();
  }

  /** When something begins to hold, looked at every few milliseconds. */
  private static long when(Callable<Boolean> holds) {
    await()
        .atMost(Duration.ofMinutes(10))
        .pollInterval(Duration.ofMillis(10))
        .ignoreExceptions()
        .until(holds);
    return System.nanoTime();
  }
}
