package io.fairlead.net.dial;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.dial.HappyEyeballs.Effect;
import io.fairlead.net.dial.HappyEyeballs.Input;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HappyEyeballsTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2001:db8::1 2001:db8::2 192.0.2.1 192.0.2.2|2001:db8::1 192.0.2.1 2001:db8::2 192.0.2.2",
        "192.0.2.1 192.0.2.2 2001:db8::1|192.0.2.1 2001:db8::1 192.0.2.2",
        "192.0.2.1 192.0.2.2|192.0.2.1 192.0.2.2",
        "2001:db8::1 2001:db8::2 2001:db8::3 192.0.2.1|2001:db8::1 192.0.2.1 2001:db8::2 2001:db8::3",
      })
  void alternatesFamilies(String resolved, String tried) {
    assertThat(HappyEyeballs.interleave(addresses(resolved))).isEqualTo(addresses(tried));
  }

  @Test
  void triesABoundedNumber() {
    List<InetSocketAddress> many = new ArrayList<>();
    for (int i = 1; i <= 200; i++) many.addAll(addresses("192.0.2." + i));
    assertThat(HappyEyeballs.interleave(many)).hasSize(HappyEyeballs.CANDIDATES_MAX);
  }

  @Test
  void startsTheNextAfterTheDelayAndTheFirstToConnectWins() {
    HappyEyeballs machine = machine("2001:db8::1 192.0.2.1");
    assertThat(tell(machine, new Input.Start()))
        .containsExactly(wake(1), connect(1, "2001:db8::1"));
    assertThat(tell(machine, new Input.Wake(1))).containsExactly(connect(2, "192.0.2.1"));
    assertThat(tell(machine, new Input.Connected(2)))
        .containsExactly(new Effect.Win(2), new Effect.Abandon(1));
    assertThat(tell(machine, new Input.Connected(1))).containsExactly(new Effect.Abandon(1));
  }

  @Test
  void aFailureStartsTheNextAtOnceAndItsDelayNoLongerCounts() {
    HappyEyeballs machine = machine("2001:db8::1 192.0.2.1 2001:db8::2");
    tell(machine, new Input.Start());
    assertThat(tell(machine, new Input.Failed(1)))
        .containsExactly(wake(2), connect(2, "192.0.2.1"));
    assertThat(tell(machine, new Input.Wake(1))).isEmpty();
    assertThat(tell(machine, new Input.Wake(2))).containsExactly(connect(3, "2001:db8::2"));
  }

  @Test
  void givesUpWhenTheLastRunningAttemptFailed() {
    HappyEyeballs machine = machine("2001:db8::1 192.0.2.1");
    tell(machine, new Input.Start());
    tell(machine, new Input.Wake(1));
    assertThat(tell(machine, new Input.Failed(2))).isEmpty();
    assertThat(tell(machine, new Input.Failed(1))).containsExactly(new Effect.GiveUp());
    assertThat(tell(machine, new Input.Wake(2))).isEmpty();
  }

  private static Effect wake(int attempt) {
    return new Effect.WakeAfter(attempt, HappyEyeballs.ATTEMPT_DELAY);
  }

  private static Effect connect(int attempt, String address) {
    return new Effect.Connect(attempt, addresses(address).getFirst());
  }

  private static List<Effect> tell(HappyEyeballs machine, Input input) {
    List<Effect> effects = new ArrayList<>();
    machine.accept(input, 0, effects::add);
    return effects;
  }

  private static HappyEyeballs machine(String candidates) {
    return new HappyEyeballs(addresses(candidates));
  }

  private static List<InetSocketAddress> addresses(String words) {
    return Stream.of(words.split(" "))
        .map(word -> new InetSocketAddress(InetAddress.ofLiteral(word), 443))
        .toList();
  }
}
