package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.AuthResult;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Names by which somebody logs in and chooses a tunnel agent as his way out. */
class AccountsNameTest {
  private final Accounts plain =
      new Accounts(
          (_, _) -> CompletableFuture.completedFuture(new AuthResult.Rejected("no")),
          Map.of("alice", Secret.of("a"), "alice-b", Secret.of("b"), "c-d", Secret.of("c")));

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "alice, alice, -",
        "alice-box, alice, box",
        "alice-sensor-17, alice, sensor-17",
        "alice-b, alice-b, -",
        "alice-b-box, alice-b, box",
        "c-d-box, c-d, box",
        "c-box, c-box, -",
        "alice-, alice-, -",
        "-box, -box, -",
        "bob-box, bob-box, -",
      })
  void theLongestAccountThatFitsIsMeant(String given, String account, String agent) {
    Accounts.Name name = plain.choosingExits().name(given);
    assertThat(name.account()).isEqualTo(account);
    assertThat(name.exit().orElse(null)).isEqualTo(agent);
  }

  @Test
  void namesAreTakenApartOnlyWhereTheyMayChoose() {
    assertThat(plain.name("alice-box").account()).isEqualTo("alice-box");
    assertThat(plain.choosingExits().name("alice-" + "x".repeat(300)).exit()).isEmpty();
  }
}
