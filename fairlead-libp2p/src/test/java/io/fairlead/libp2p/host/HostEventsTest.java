package io.fairlead.libp2p.host;

import static io.fairlead.libp2p.PeerSamples.addresses;
import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class HostEventsTest {
  private final HostEvents events = new HostEvents();
  private final List<HostEvent> seen = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch go = new CountDownLatch(1);

  @AfterEach
  void close() {
    events.close();
  }

  @Test
  void onlyTheKindsAskedForAreTold() {
    subscribe(Set.of(HostEvent.IdentifyFailed.class), 16);
    go.countDown();
    events.emit(connected(1));
    HostEvent.IdentifyFailed wanted = new HostEvent.IdentifyFailed(peer(1), "x");
    events.emit(wanted);
    await().untilAsserted(() -> assertThat(seen).containsExactly(wanted));
  }

  @Test
  void aLateSubscriberIsToldTheLastOfWhatLasts() {
    events.emit(new HostEvent.LocalAddressesUpdated(addresses("/ip4/192.0.2.1/tcp/1")));
    HostEvent last = new HostEvent.LocalAddressesUpdated(addresses("/ip4/192.0.2.2/tcp/1"));
    events.emit(last);
    events.emit(connected(1));
    subscribe(
        Set.of(HostEvent.LocalAddressesUpdated.class, HostEvent.PeerConnectednessChanged.class),
        16);
    go.countDown();
    events.emit(connected(2));
    await().untilAsserted(() -> assertThat(seen).containsExactly(last, connected(2)));
  }

  @Test
  void whoFallsBehindIsToldTheLatestOfEachSubjectAndNobodyWaits() {
    HostEvents.Subscription slow = subscribe(Set.of(HostEvent.PeerConnectednessChanged.class), 2);
    events.emit(connected(0));
    for (int round = 0; round < 1000; round++) {
      for (int i = 1; i <= 10; i++) {
        events.emit(
            new HostEvent.PeerConnectednessChanged(
                peer(i), round == 999 ? Connectedness.CONNECTED : Connectedness.NOT_CONNECTED));
      }
    }
    go.countDown();
    await()
        .untilAsserted(
            () ->
                assertThat(seen).contains(connected(1), connected(5), connected(9), connected(10)));
    assertThat(seen.size()).isLessThan(20);
    assertThat(slow.missed()).isZero();
  }

  @Test
  void anOnlookerThatFailsIsToldTheNext() {
    events.subscribe(
        "test",
        Set.of(HostEvent.PeerConnectednessChanged.class),
        16,
        event -> {
          seen.add(event);
          throw new IllegalStateException("on purpose");
        });
    events.emit(connected(1));
    events.emit(connected(2));
    await().until(() -> seen.size() == 2);
  }

  private HostEvents.Subscription subscribe(Set<Class<? extends HostEvent>> kinds, int capacity) {
    return events.subscribe(
        "test",
        kinds,
        capacity,
        event -> {
          try {
            go.await();
          } catch (InterruptedException closed) {
            return;
          }
          seen.add(event);
        });
  }

  private static HostEvent connected(int number) {
    return new HostEvent.PeerConnectednessChanged(peer(number), Connectedness.CONNECTED);
  }
}
