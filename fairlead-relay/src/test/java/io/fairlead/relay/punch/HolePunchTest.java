package io.fairlead.relay.punch;

import static io.fairlead.relay.Nodes.get;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.time.Clock;
import io.fairlead.libp2p.codec.Delimited;
import io.fairlead.libp2p.host.Connection;
import io.fairlead.libp2p.host.PeerGate;
import io.fairlead.libp2p.netty.BlockingStream;
import io.fairlead.relay.Nodes;
import io.fairlead.relay.Nodes.Node;
import io.fairlead.relay.codec.DcutrMessage;
import io.fairlead.relay.service.ClassLimits;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** On one machine: who says what and who dials; not what a NAT makes of it. */
class HolePunchTest {
  private final Nodes nodes = new Nodes();
  private Node relay;

  @BeforeEach
  void open() throws Exception {
    relay = nodes.node();
    nodes.serve(relay, Nodes.settings(ClassLimits.DEFAULTS));
  }

  @AfterEach
  void close() throws Exception {
    nodes.close();
  }

  private HolePunch punch(Node node, boolean privately) {
    PunchSettings quick =
        new PunchSettings(
            3,
            Duration.ofSeconds(10),
            Duration.ofMillis(100),
            privately ? _ -> true : PunchSettings.DEFAULTS.addresses());
    HolePunch punch = new HolePunch(node.host, quick, Clock.system(), nodes.meters);
    punch.start();
    return punch;
  }

  private Connection circuit(Node source, Node target) throws Exception {
    Nodes.reserve(target, relay);
    return get(source.host.connect(target.id(), List.of(Nodes.through(relay, target))));
  }

  private static boolean direct(Node one, Node other) {
    return one.host.connections(other.id()).stream().anyMatch(c -> !c.relayed());
  }

  @Test
  void whoCanBeDialledIsDialledAndTheCircuitGoes() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    try (HolePunch one = punch(source, true);
        HolePunch other = punch(target, true)) {
      Connection circuit = circuit(source, target);
      get(circuit.closed());
      assertThat(direct(source, target)).isTrue();
      assertThat(nodes.count("relay.punches", "result", "dialled")).isEqualTo(1);
      try (BlockingStream echo = source.host.blocking().open(target.id(), Nodes.ECHO)) {
        echo.out().write(7);
        assertThat(echo.in().read()).isEqualTo(7);
      }
      assertThat(one).isNotSameAs(other);
    }
  }

  /** The target knows no address of the source but those that the exchange tells. */
  @Test
  void bothDialEachOtherWhenTheirAddressesAreToldOverTheCircuit() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    source.host.announce(_ -> List.of());
    await().atMost(Nodes.WITHIN).until(() -> source.host.addresses().isEmpty());
    try (HolePunch one = punch(source, true);
        HolePunch other = punch(target, true)) {
      Connection circuit = circuit(source, target);
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> nodes.count("relay.punches", "result", "punched") == 1);
      await().atMost(Nodes.WITHIN).until(() -> direct(source, target));
      get(circuit.closed());
      assertThat(one).isNotSameAs(other);
    }
  }

  @Test
  void withoutAnAddressThatMayBeSaidTheCircuitStays() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    try (HolePunch one = punch(source, false);
        HolePunch other = punch(target, false)) {
      Connection circuit = circuit(source, target);
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> nodes.count("relay.punches", "result", "no_address") == 1);
      assertThat(direct(source, target)).isFalse();
      assertThat(circuit.wire().isOpen()).isTrue();
      assertThat(one).isNotSameAs(other);
    }
  }

  @Test
  void anAnswerOfAnotherKindEndsTheExchangeAndTheCircuitStays() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    source.host.announce(_ -> List.of());
    await().atMost(Nodes.WITHIN).until(() -> source.host.addresses().isEmpty());
    source.host.handle(
        DcutrMessage.PROTOCOL,
        io.fairlead.libp2p.host.HandlerOptions.DEFAULTS.allowingLimited(),
        (channel, _) -> {
          BlockingStream stream = BlockingStream.of(channel);
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (stream) {
                      stream.in().read();
                      stream.out().write(Delimited.frame(new DcutrMessage.Sync().toBytes()));
                    } catch (java.io.IOException gone) {
                      stream.reset(0);
                    }
                  });
        });
    try (HolePunch leading = punch(target, true)) {
      Connection circuit = circuit(source, target);
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> nodes.count("relay.punches", "result", "no_address") == 1);
      assertThat(circuit.wire().isOpen()).isTrue();
      assertThat(leading).isNotNull();
    }
  }

  /** A peer that says where nobody listens: it is tried three times, and the circuit stays. */
  @Test
  void itIsTriedThreeTimes() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    source.host.announce(_ -> List.of());
    await().atMost(Nodes.WITHIN).until(() -> source.host.addresses().isEmpty());
    AtomicInteger asked = new AtomicInteger();
    byte[] nowhere = Nodes.address("/ip4/127.0.0.1/tcp/1").toBytes();
    source.host.handle(
        DcutrMessage.PROTOCOL,
        io.fairlead.libp2p.host.HandlerOptions.DEFAULTS.allowingLimited(),
        (channel, _) -> {
          BlockingStream stream = BlockingStream.of(channel);
          Thread.ofVirtual()
              .start(
                  () -> {
                    try (stream) {
                      stream.in().read();
                      asked.incrementAndGet();
                      DcutrMessage own = new DcutrMessage.Connect(List.of(nowhere));
                      stream.out().write(Delimited.frame(own.toBytes()));
                      stream.in().readAllBytes();
                    } catch (java.io.IOException gone) {
                      stream.reset(0);
                    }
                  });
        });
    PunchSettings quick =
        new PunchSettings(3, Duration.ofMillis(300), Duration.ofMillis(100), _ -> true);
    try (HolePunch leading = new HolePunch(target.host, quick, Clock.system(), nodes.meters)) {
      leading.start();
      Connection circuit = circuit(source, target);
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> nodes.count("relay.punches", "result", "failed") == 1);
      assertThat(asked).hasValue(3);
      assertThat(circuit.wire().isOpen()).isTrue();
    }
  }

  @Test
  void aPeerThatDoesNotKnowTheProtocolKeepsItsCircuit() throws Exception {
    Node source = nodes.node(PeerGate.open());
    Node target = nodes.node();
    try (HolePunch leading = punch(target, true)) {
      Connection circuit = circuit(source, target);
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> nodes.count("relay.punches", "result", "not_spoken") == 1);
      assertThat(circuit.wire().isOpen()).isTrue();
      assertThat(leading).isNotNull();
    }
  }

  /** The circuit is there until it is known that the other way holds. */
  @Test
  void aDirectConnectionThatEndsAtOnceLeavesTheCircuit() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    PunchSettings settings =
        new PunchSettings(3, Duration.ofSeconds(10), Duration.ofMillis(700), _ -> true);
    try (HolePunch leading = new HolePunch(target.host, settings, Clock.system(), nodes.meters);
        HolePunch following = punch(source, true)) {
      leading.start();
      Connection circuit = circuit(source, target);
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> nodes.count("relay.punches", "result", "dialled") == 1);
      for (Connection each : target.host.connections(source.id())) {
        if (!each.relayed()) get(each.close(0));
      }
      await()
          .during(Duration.ofSeconds(1))
          .atMost(Duration.ofSeconds(3))
          .until(() -> circuit.wire().isOpen());
      assertThat(get(source.host.ping(target.id()))).isPositive();
      assertThat(following).isNotSameAs(leading);
    }
  }

  /** Else whoever dials us could have us knock at doors of others, as often as it likes. */
  @Test
  void whoDialledTheCircuitDoesNotLead() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    source.host.announce(_ -> List.of());
    await().atMost(Nodes.WITHIN).until(() -> source.host.addresses().isEmpty());
    try (HolePunch leading = punch(target, true)) {
      circuit(source, target);
      try (BlockingStream stream = Nodes.open(source, target, DcutrMessage.PROTOCOL)) {
        byte[] nowhere = Nodes.address("/ip4/127.0.0.1/tcp/1").toBytes();
        stream.out().write(Delimited.frame(new DcutrMessage.Connect(List.of(nowhere)).toBytes()));
        assertThatThrownBy(() -> stream.in().read()).isInstanceOf(java.io.IOException.class);
      }
      assertThat(leading).isNotNull();
    }
  }

  /** As one does that waits until it knows an address of its own. */
  @Test
  void aPeerThatComesToSpeakTheProtocolIsMetThen() throws Exception {
    Node source = nodes.node();
    Node target = nodes.node();
    source.host.announce(_ -> List.of());
    await().atMost(Nodes.WITHIN).until(() -> source.host.addresses().isEmpty());
    try (HolePunch leading = punch(target, true)) {
      circuit(source, target);
      await()
          .atMost(Nodes.WITHIN)
          .until(() -> nodes.count("relay.punches", "result", "not_spoken") == 1);
      try (HolePunch following = punch(source, true)) {
        await().atMost(Duration.ofSeconds(60)).until(() -> direct(source, target));
        assertThat(following).isNotSameAs(leading);
      }
    }
  }
}
