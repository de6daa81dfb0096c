package io.fairlead.it.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.it.GatewayFixture;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.registry.reconcile.TargetState;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser;
import java.math.BigInteger;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A node that lies to a gateway: what was good stays, the node is named, nothing is emptied. */
@Tag("nightly")
class ChainLieIT {
  private static final String ZERO = "0".repeat(64);
  private static final String LATER = String.format("%064x", 1_000);
  private static final String REVISION = RegistryAbi.REVISION.call();
  private static final String DIGEST = RegistryAbi.DIGEST.call();
  private static final String COUNT = RegistryAbi.COUNT.call();
  private static final String PAGE =
      RegistryAbi.GET_PROXIES.call(BigInteger.ZERO, BigInteger.ONE).substring(0, 10);

  /** What a node says instead; null where it says the truth. */
  private enum Lie {
    NONE,
    DROPPED_PAGE,
    HUGE_OFFSET,
    WRONG_CHAIN,
    NO_CODE,
    SILENT,
    /** Comes last: the truth has a lower revision than this, which a person must look at. */
    EMPTY;

    String instead(String request) throws InterruptedException {
      return switch (this) {
        case NONE -> null;
        case EMPTY ->
            request.contains(REVISION)
                ? "0x" + LATER
                : request.contains(DIGEST) || request.contains(COUNT)
                    ? "0x" + ZERO
                    : request.contains(PAGE) ? "0x" + word(96) + ZERO + LATER + ZERO : null;
        case DROPPED_PAGE ->
            request.contains(PAGE) ? "0x" + word(96) + word(3) + word(3) + ZERO : null;
        case HUGE_OFFSET -> request.contains(PAGE) ? "0x7" + "f".repeat(63) + ZERO + ZERO : null;
        case WRONG_CHAIN -> request.contains("eth_chainId") ? "0x1" : null;
        case NO_CODE -> request.contains("eth_getCode") || call(request) ? "0x" : null;
        case SILENT -> {
          if (call(request)) {
            var _ = new CountDownLatch(1).await(10, TimeUnit.SECONDS); // nobody ends it
          }
          yield null;
        }
      };
    }

    private static boolean call(String request) {
      return request.contains("eth_call");
    }

    private static String word(long value) {
      return String.format("%064x", value);
    }
  }

  private final AtomicReference<Lie> lie = new AtomicReference<>(Lie.NONE);
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private String answer(String node, StrictHttpParser.Request request) throws Exception {
    String asked = request.text();
    String instead = lie.get().instead(asked);
    if (instead != null) {
      String id = asked.replaceAll("(?s).*\"id\":(\\d+).*", "$1");
      return json("{\"jsonrpc\":\"2.0\",\"id\":" + id + ",\"result\":\"" + instead + "\"}");
    }
    HttpRequest same =
        HttpRequest.newBuilder(URI.create(node))
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(asked))
            .build();
    return json(client.send(same, HttpResponse.BodyHandlers.ofString()).body());
  }

  private static String json(String body) {
    return RecordingServer.response(200, body, "Content-Type: application/json");
  }

  @Test
  void scenarioD1AndD3WhateverANodeSaysWhatWasGoodStays() throws Exception {
    try (client;
        ChainWorld world = ChainWorld.start();
        RecordingServer node =
            RecordingServer.http(request -> answer(world.chain().url(), request))) {
      world.register(3);
      String url = "http://127.0.0.1:" + node.port();
      String yaml =
          world
              .mesh("")
              .replace(world.followed(), world.followed(url))
              .replace("allow_private: true,", "allow_private: true, timeout: 2s,");
      GatewayFixture gateway = world.gateway(yaml);
      Map<String, RawClient> traffic = ChainWorld.everyNode(gateway, 3);
      for (Lie each : Lie.values()) {
        if (each == Lie.NONE) continue;
        lie.set(each);
        world.chain().mine(1);
        TargetState wanted = each == Lie.EMPTY ? TargetState.HOLD : TargetState.STALE;
        await()
            .atMost(Duration.ofSeconds(90))
            .untilAsserted(
                () ->
                    assertThat(ChainWorld.target(gateway).state())
                        .as(() -> each + ": " + ChainWorld.target(gateway).why())
                        .isEqualTo(wanted));
        String why = ChainWorld.target(gateway).why();
        assertThat(why).as(each.name()).contains(each == Lie.EMPTY ? "become empty" : "e1");
        assertThat(ChainWorld.target(gateway).lines()).as(each.name()).isEqualTo(3);
        for (RawClient stream : traffic.values()) ChainWorld.echo(stream);
        assertThat(ChainWorld.reached(gateway)).startsWith("P");
        if (each == Lie.EMPTY) break;
        lie.set(Lie.NONE);
        await()
            .atMost(Duration.ofSeconds(90))
            .untilAsserted(
                () ->
                    assertThat(ChainWorld.target(gateway).state())
                        .as(() -> "after " + each + ": " + ChainWorld.target(gateway).why())
                        .isEqualTo(TargetState.IN_SYNC));
      }
      for (RawClient stream : traffic.values()) stream.close();
    }
  }
}
