package io.fairlead.testkit;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

class FreePortsTest {
  @Test
  void noPortIsGivenTwice() {
    Set<Integer> given = new HashSet<>();
    for (int i = 0; i < 50; i++) assertThat(given.add(FreePorts.one())).isTrue();
    for (int i = 0; i < 10; i++) {
      int first = FreePorts.inARow(7);
      for (int port = first; port < first + 7; port++) assertThat(given.add(port)).isTrue();
    }
  }

  @Test
  void aPortThatIsTakenIsPassedOver() throws Exception {
    int next = FreePorts.one() + 1;
    try (ServerSocket taken = new ServerSocket(next, 1, InetAddress.getLoopbackAddress())) {
      int first = FreePorts.inARow(3);
      assertThat(taken.getLocalPort()).isNotIn(first, first + 1, first + 2);
    }
  }
}
