package io.fairlead.net.live;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.ManualClock;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.netty.channel.embedded.EmbeddedChannel;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ConnectionRegistryTest {
  private static final EntryId ANN = new EntryId("members", "ann");
  private static final EntryId BOB = new EntryId("members", "bob");
  private static final Cause REVOKED =
      new Cause(Cause.Reason.REVOKED, "members", "digest", Optional.empty());

  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final ConnectionRegistry registry =
      new ConnectionRegistry(new ManualClock(), new Meters(meters));

  @Test
  void cutsWhatWorksForARevokedEntryAndNothingElse() {
    EmbeddedChannel ann = new EmbeddedChannel();
    EmbeddedChannel bob = new EmbeddedChannel();
    EmbeddedChannel toAnn = new EmbeddedChannel();
    LiveConnection cut = open(ann);
    cut.bind(Principal.of("ann", ANN));
    open(bob).bind(Principal.of("bob", BOB));
    open(toAnn).bindDestination(Optional.of(ANN));
    assertThat(registry.revoke(Set.of(ANN), REVOKED)).isEqualTo(2);
    run(ann, bob, toAnn);
    assertThat(ann.isOpen()).isFalse();
    assertThat(toAnn.isOpen()).isFalse();
    assertThat(bob.isOpen()).isTrue();
    assertThat(cut.cutReason()).contains("revoked");
    assertThat(registry.size()).isEqualTo(1);
    bob.close();
    assertThat(registry.indexedEntries()).isZero();
  }

  @Test
  void countsAConnectionOnceWhenPrincipalAndDestinationAreTheSameEntry() {
    EmbeddedChannel channel = new EmbeddedChannel();
    LiveConnection connection = open(channel);
    connection.bind(Principal.of("ann", ANN));
    connection.bindDestination(Optional.of(ANN));
    connection.bindDestination(Optional.empty());
    assertThat(registry.revoke(Set.of(ANN, BOB), REVOKED)).isEqualTo(1);
    run(channel);
    assertThat(registry.indexedEntries()).isZero();
  }

  @Test
  void followsARebindAndForgetsTheOldEntry() {
    EmbeddedChannel channel = new EmbeddedChannel();
    LiveConnection connection = open(channel);
    connection.bind(Principal.of("ann", ANN));
    connection.bind(Principal.of("bob", BOB));
    assertThat(registry.revoke(Set.of(ANN), REVOKED)).isZero();
    assertThat(registry.revoke(Set.of(BOB), REVOKED)).isEqualTo(1);
    run(channel);
    connection.bind(Principal.of("ann", ANN)); // after the end: must not come back
    assertThat(registry.indexedEntries()).isZero();
  }

  @Test
  void totalsNeverGoBackAndCountEndedConnections() {
    EmbeddedChannel channel = new EmbeddedChannel();
    LiveConnection connection = open(channel);
    connection.addReceived(5);
    connection.addSent(7);
    assertThat(bytes("received")).isEqualTo(5);
    channel.close();
    assertThat(bytes("received")).isEqualTo(5);
    assertThat(bytes("sent")).isEqualTo(7);
  }

  @Test
  void closeActionsRunOnceAndLateOnesAtOnce() {
    EmbeddedChannel channel = new EmbeddedChannel();
    LiveConnection connection = open(channel);
    List<String> ran = new ArrayList<>();
    connection.onClosed(() -> ran.add("early"));
    channel.close();
    connection.onClosed(() -> ran.add("late"));
    assertThat(ran).containsExactly("early", "late");
    assertThat(registry.find(connection.id())).isEmpty();
    assertThat(registry.cut(connection.id(), "again")).isFalse();
  }

  @Test
  void aChannelWithoutARecordIsABug() {
    assertThatThrownBy(() -> ConnectionRegistry.of(new EmbeddedChannel()))
        .isInstanceOf(IllegalStateException.class);
  }

  private double bytes(String direction) {
    return meters.get("fairlead.bytes").tag("direction", direction).functionCounter().count();
  }

  private LiveConnection open(EmbeddedChannel channel) {
    return registry.register(
        channel, "in", new InetSocketAddress(InetAddress.ofLiteral("192.0.2.1"), 1));
  }

  private static void run(EmbeddedChannel... channels) {
    for (EmbeddedChannel channel : channels) channel.runPendingTasks();
  }
}
