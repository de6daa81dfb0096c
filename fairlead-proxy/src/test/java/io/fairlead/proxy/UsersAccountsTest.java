package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.access.Membership;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.unit.Secret;
import io.fairlead.core.watch.Watch;
import io.fairlead.net.auth.AuthResult;
import io.fairlead.net.auth.AuthThrottle;
import io.fairlead.net.auth.Credentials;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import javax.crypto.SecretKeyFactory;
import javax.crypto.spec.PBEKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UsersAccountsTest {
  private final Meters meters = new Meters(new SimpleMeterRegistry());
  private final UsersAccounts source =
      new UsersAccounts(
          Clock.system(),
          meters,
          new AuthThrottle(Clock.system(), meters),
          Watch.of(Membership.NONE),
          () -> "fairlead");

  /** As {@code mosquitto_passwd} writes it. */
  private static String hash(String password) throws Exception {
    byte[] salt = new byte[12];
    new SecureRandom().nextBytes(salt);
    byte[] key =
        SecretKeyFactory.getInstance("PBKDF2WithHmacSHA512")
            .generateSecret(new PBEKeySpec(password.toCharArray(), salt, 101, 512))
            .getEncoded();
    Base64.Encoder base64 = Base64.getEncoder();
    return "$7$101$" + base64.encodeToString(salt) + "$" + base64.encodeToString(key);
  }

  private static boolean accepts(Accounts accounts, String user, String password) {
    return accounts
            .authenticator()
            .authenticate(
                new Credentials(user, Secret.of(password)), InetAddress.getLoopbackAddress())
            .toCompletableFuture()
            .join()
        instanceof AuthResult.Accepted;
  }

  private static ForwardConfig.Auth inline(Map<String, Secret> users) {
    return new ForwardConfig.Auth(Optional.empty(), users, "proxy");
  }

  @Test
  void aFileIsReadAnewEachTime(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("users");
    var auth = new ForwardConfig.Auth(Optional.of(file), Map.of(), "proxy");
    String bob = "bob:" + hash("b");
    Files.writeString(file, "# accounts\n\nalice:" + hash("a") + ":staff\n" + bob + "\n");
    Accounts before = source.open("main", auth);
    assertThat(accepts(before, "alice", "a")).isTrue();
    assertThat(accepts(before, "alice", "b")).isFalse();
    Files.writeString(file, "alice:" + hash("new") + "\n" + bob + "\n");
    Accounts after = source.open("main", auth);
    assertThat(accepts(after, "alice", "a")).isFalse();
    assertThat(accepts(after, "alice", "new")).isTrue();
    assertThat(accepts(before, "alice", "a")).as("the running generation").isTrue();
    assertThat(after.verifiers().get("alice")).isNotEqualTo(before.verifiers().get("alice"));
    assertThat(after.verifiers().get("bob")).isEqualTo(before.verifiers().get("bob"));
  }

  @Test
  void theConfigurationMayHoldHashesOrPasswords() throws Exception {
    Accounts hashes = source.open("main", inline(Map.of("alice", Secret.of(hash("a")))));
    assertThat(accepts(hashes, "alice", "a")).isTrue();
    assertThat(accepts(hashes, "alice", "x")).isFalse();
    Accounts passwords = source.open("main", inline(Map.of("alice", Secret.of("a"))));
    assertThat(accepts(passwords, "alice", "a")).isTrue();
    assertThat(accepts(passwords, "alice", "x")).isFalse();
  }

  @Test
  void whatCannotBeReadIsAProblemAtItsKey(@TempDir Path dir) throws Exception {
    var missing = new ForwardConfig.Auth(Optional.of(dir.resolve("none")), Map.of(), "proxy");
    assertThatThrownBy(() -> source.open("main", missing))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e ->
                assertThat(e.problems().getFirst().path())
                    .isEqualTo("/forward/main/auth/users_file"));
    Path bad = Files.writeString(dir.resolve("bad"), "alice\n");
    var malformed = new ForwardConfig.Auth(Optional.of(bad), Map.of(), "proxy");
    assertThatThrownBy(() -> source.open("main", malformed))
        .isInstanceOfSatisfying(
            ConfigException.class, e -> assertThat(e.problems().getFirst().place().line()).isOne());
    var mixed = inline(Map.of("alice", Secret.of(hash("a")), "bob", Secret.of("plain-word")));
    assertThatThrownBy(() -> source.open("main", mixed))
        .isInstanceOfSatisfying(
            ConfigException.class,
            e -> assertThat(e.problems().toString()).doesNotContain("plain-word"));
  }
}
