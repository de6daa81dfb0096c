package io.fairlead.registry.evm;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.Clock;
import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Connector;
import io.fairlead.pubsub.Endpoint;
import io.fairlead.pubsub.HttpPollConnector;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.WsConnector;
import io.fairlead.registry.evm.PubSubChain.Surroundings;
import io.fairlead.registry.evm.contract.RegistryAbi;
import io.fairlead.testkit.DevChain;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;

/** The connections a source reads over, with a real node at the other end. */
class PubSubChainTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static PubSubChain chain(long chainId, Connector connector) {
    return new PubSubChain(
        "main",
        ChainIdentity.of(chainId),
        List.of(Endpoint.of("local", connector)),
        new Surroundings(
            Optional.empty(), ServiceSettings.DEFAULT, Clock.system(), Randomness.system()));
  }

  private static JsonNode ask(PubSubChain chain, String method, String params) throws Exception {
    return chain.endpoints().getFirst().call(method, params, SOON).toCompletableFuture().get();
  }

  private static ChainException.Kind failure(PubSubChain chain, String method) {
    try {
      ask(chain, method, "[]");
    } catch (ExecutionException failed) {
      if (failed.getCause() instanceof ChainException typed) return typed.kind();
      throw new AssertionError(failed.getCause());
    } catch (Exception other) {
      throw new AssertionError(other);
    }
    throw new AssertionError("it answered");
  }

  @Test
  void callsAndHintsComeOverWebSockets() throws Exception {
    try (DevChain node = DevChain.start();
        PubSubChain chain = chain(DevChain.CHAIN_ID, WsConnector.of(node.webSocketUrl()))) {
      Registrar registry = Registrar.deploy(node);
      assertThat(ask(chain, "eth_chainId", "[]").asString("")).isEqualTo("0x7a69");
      assertThat(failure(chain, "eth_noSuchMethod")).isEqualTo(ChainException.Kind.REFUSED);
      AtomicInteger hints = new AtomicInteger();
      try (AutoCloseable _ =
          chain.onHint(registry.contract(), RegistryAbi.TOPICS, hints::incrementAndGet)) {
        await().atMost(SOON).until(() -> hints.get() == 2); // both subscriptions stand
        registry.add("10.0.0.1:1", 1);
        await().atMost(SOON).until(() -> hints.get() >= 4);
        node.mine(1);
        await().atMost(SOON).until(() -> hints.get() >= 5);
      }
    }
  }

  @Test
  void anHttpEndpointIsPolled() throws Exception {
    try (DevChain node = DevChain.start();
        PubSubChain chain = chain(DevChain.CHAIN_ID, HttpPollConnector.of(node.url()))) {
      Registrar registry = Registrar.deploy(node);
      AtomicInteger hints = new AtomicInteger();
      try (AutoCloseable _ =
          chain.onHint(registry.contract(), RegistryAbi.TOPICS, hints::incrementAndGet)) {
        await().atMost(SOON).until(() -> hints.get() >= 1);
        int before = hints.get();
        node.mine(1);
        await().atMost(SOON).until(() -> hints.get() > before);
      }
    }
  }

  @Test
  void anotherChainIsNotSpokenTo() throws Exception {
    try (DevChain node = DevChain.start();
        PubSubChain chain = chain(1, WsConnector.of(node.webSocketUrl()))) {
      assertThat(failure(chain, "eth_blockNumber")).isEqualTo(ChainException.Kind.WRONG_CHAIN);
      assertThat(failure(chain, "eth_blockNumber")).isEqualTo(ChainException.Kind.WRONG_CHAIN);
    }
  }

  @Test
  void aLostNodeIsSaidSoAtOnceAndComesBack() throws Exception {
    DevChain node = DevChain.start();
    int port = node.port();
    java.nio.file.Path state = java.nio.file.Files.createTempFile("chain", ".json");
    java.nio.file.Files.delete(state);
    node.close();
    node = DevChain.start(port, "--state", state.toString());
    try (PubSubChain chain = chain(DevChain.CHAIN_ID, WsConnector.of(node.webSocketUrl()))) {
      assertThat(ask(chain, "eth_blockNumber", "[]").asString("")).isEqualTo("0x0");
      node.stop();
      await()
          .atMost(SOON)
          .untilAsserted(
              () ->
                  assertThat(failure(chain, "eth_blockNumber"))
                      .isEqualTo(ChainException.Kind.UNREACHABLE));
      node = DevChain.start(port, "--state", state.toString());
      await()
          .atMost(SOON)
          .ignoreException(ExecutionException.class)
          .untilAsserted(
              () -> assertThat(ask(chain, "eth_blockNumber", "[]").asString("")).isEqualTo("0x0"));
      chain.close();
      assertThatThrownBy(() -> ask(chain, "eth_blockNumber", "[]")).hasMessageContaining("closed");
    } finally {
      node.close();
      java.nio.file.Files.deleteIfExists(state);
    }
  }
}
