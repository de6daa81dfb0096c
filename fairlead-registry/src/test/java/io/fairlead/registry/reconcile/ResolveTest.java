package io.fairlead.registry.reconcile;

import static io.fairlead.registry.reconcile.ReconcilerFixture.MIRROR;
import static io.fairlead.registry.reconcile.ReconcilerFixture.lines;
import static io.fairlead.registry.reconcile.ReconcilerFixture.texts;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.registry.plan.Policy;
import io.fairlead.registry.plan.TargetRules;
import io.fairlead.registry.plan.TargetRules.Resolve;
import java.net.InetAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Names that are compared by where they lead, and are never written as anything else. */
class ResolveTest {
  private static final TargetRules PRUNE =
      TargetRules.of("fake", "main", Policy.PRUNE_ONLY).with(Resolve.COMPARE);

  @TempDir Path folder;
  private ReconcilerFixture f;
  private final FakeTarget target = new FakeTarget();

  @BeforeEach
  void start() {
    f = new ReconcilerFixture(folder);
    target.file = lines("one.example:80", "two.example:80", "9.9.9.9:80");
    leads("one.example", 60, "1.1.1.1", "2001:db8::1");
    leads("two.example", 60, "2.2.2.2");
  }

  @Test
  void aNameStaysWhileAnAddressOfItIsListed() throws Exception {
    f.list("[2001:db8::1]:80", "9.9.9.9:80", "2.2.2.2:81").process(PRUNE, target);
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(texts(target.file))
        .as("another port is another place")
        .containsExactly("one.example:80", "9.9.9.9:80");
    assertThat(f.cycle().unknown()).containsExactly("2.2.2.2:81");
  }

  @Test
  void withoutTheOptionANameEqualsOnlyItself() throws Exception {
    f.list("1.1.1.1:80", "9.9.9.9:80", "two.example:80").process(PRUNE.with(Resolve.NEVER), target);
    f.cycle();
    assertThat(texts(target.file)).containsExactly("two.example:80", "9.9.9.9:80");
    assertThat(f.asked).isEmpty();
  }

  @Test
  void aMirrorDoesNotListThePlaceTwice() throws Exception {
    f.list("1.1.1.1:80", "two.example:80", "9.9.9.9:80", "3.3.3.3:80")
        .process(MIRROR.with(Resolve.COMPARE), target);
    f.cycle();
    assertThat(texts(target.file))
        .containsExactly("one.example:80", "two.example:80", "9.9.9.9:80", "3.3.3.3:80");
  }

  @Test
  void aRevokedAddressTakesItsNameAway() throws Exception {
    f.list("1.1.1.1:80 revoked", "2.2.2.2:80", "9.9.9.9:80").process(PRUNE, target);
    f.cycle();
    assertThat(texts(target.file)).containsExactly("two.example:80", "9.9.9.9:80");
    assertThat(f.audit).extracting(line -> line.get("op")).containsExactly("revoke");
  }

  @Test
  void aDeniedAddressKeepsItsNameOut() throws Exception {
    f.list("1.1.1.1:80", "2.2.2.2:80", "9.9.9.9:80")
        .process(PRUNE.with(Set.of(), Set.of("1.1.1.1:80")), target);
    f.cycle();
    assertThat(texts(target.file)).containsExactly("two.example:80", "9.9.9.9:80");
  }

  @Test
  void anAnswerHoldsForItsTimeAndTheLastOneWhenNobodyAnswers() throws Exception {
    f.list("1.1.1.1:80", "2.2.2.2:80", "9.9.9.9:80").process(PRUNE, target);
    f.cycle();
    int first = f.asked.size();
    f.after(Duration.ofSeconds(59));
    assertThat(f.asked).hasSize(first);
    f.names.clear();
    f.after(Duration.ofSeconds(2));
    assertThat(f.asked).hasSize(first + 2);
    assertThat(f.cycle().state()).isEqualTo(TargetState.IN_SYNC);
    assertThat(target.writes).as("nobody answers: as before").isZero();
    leads("one.example", 3600, "7.7.7.7");
    leads("two.example", 0, "2.2.2.2");
    f.after(Duration.ofSeconds(6));
    assertThat(texts(target.file)).containsExactly("two.example:80", "9.9.9.9:80");
    int asked = f.asked.size();
    f.after(Duration.ofSeconds(4));
    assertThat(f.asked).as("not more often than every 5 s").hasSize(asked);
    f.after(Duration.ofSeconds(1));
    assertThat(f.asked).hasSize(asked + 1);
  }

  @Test
  void aNameThatLeadsNowhereIsNotListed() throws Exception {
    f.names.clear();
    f.list("1.1.1.1:80", "9.9.9.9:80").process(PRUNE, target);
    f.cycle();
    assertThat(f.reconciler.status().rail())
        .contains(io.fairlead.registry.plan.Rails.Rail.TOO_MANY);
    assertThat(target.writes).isZero();
  }

  private void leads(String name, int seconds, String... addresses) {
    f.names.put(
        name,
        new NameLookup.Answer(
            Arrays.stream(addresses).map(InetAddress::ofLiteral).toList(),
            Duration.ofSeconds(seconds)));
  }
}
