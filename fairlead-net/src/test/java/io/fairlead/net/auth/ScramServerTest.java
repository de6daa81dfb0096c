package io.fairlead.net.auth;

import static io.fairlead.net.auth.ScramClient.bytes;
import static io.fairlead.net.auth.ScramClient.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.net.auth.ScramStep.Reason;
import io.fairlead.testkit.Seeds;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ScramServerTest {
  private static final byte[] SALT = Base64.getDecoder().decode("W22ZaJ0SNY7soEsUEjb6gQ==");
  private static final Map<String, ScramCredential> USERS =
      Map.of(
          "user", ScramCredential.derive("pencil", SALT, 4096),
          "a,b=c", ScramCredential.derive("pencil", SALT, 4096));
  private static final byte[] KEY = bytes("a key of sixteen");
  private static final ChannelBinding CHANNEL =
      new ChannelBinding("tls-exporter", bytes("\u0001\u0002 binding"));

  private final Randomness randomness = Randomness.seeded(1);

  private ScramServer server() {
    return ScramServer.plain(name -> Optional.ofNullable(USERS.get(name)), KEY, randomness, false);
  }

  @Test
  void answersTheExampleOfRfc7677() {
    ScramServer server =
        ScramServer.withNonce(
            name -> Optional.ofNullable(USERS.get(name)), "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

    ScramStep challenge = server.accept(bytes("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"));
    ScramStep end =
        server.accept(
            bytes(
                "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                    + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="));

    assertThat(text(((ScramStep.Challenge) challenge).data()))
        .isEqualTo(
            "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096");
    assertThat(text(((ScramStep.Accepted) end).data()))
        .isEqualTo("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
    assertThat(((ScramStep.Accepted) end).user()).isEqualTo("user");
  }

  @ParameterizedTest
  @ValueSource(strings = {"n,,", "y,,", "n,a=user,"})
  void acceptsWhoKnowsThePassword(String header) {
    ScramServer server = server();
    ScramClient client = new ScramClient(header, "user", "pencil");

    ScramStep end = server.accept(client.answer(server.accept(client.first())));

    assertThat(end).isInstanceOf(ScramStep.Accepted.class);
    assertThat(text(((ScramStep.Accepted) end).data())).isEqualTo(client.expectedServerFinal());
  }

  @Test
  void aNameMayHoldCommasAndEqualSigns() {
    ScramServer server = server();
    ScramClient client = new ScramClient("n,,", "a=2Cb=3Dc", "pencil");

    ScramStep end = server.accept(client.answer(server.accept(client.first())));

    assertThat(end).isInstanceOf(ScramStep.Accepted.class);
    assertThat(((ScramStep.Accepted) end).user()).isEqualTo("a,b=c");
  }

  @Test
  void aWrongPasswordAndAnUnknownUserAreRefusedAtTheSameStep() {
    assertThat(lastStepOf("user", "pencils")).isEqualTo(refused(Reason.NOT_PROVEN));
    assertThat(lastStepOf("nobody", "pencil")).isEqualTo(refused(Reason.NOT_PROVEN));
  }

  private ScramStep lastStepOf(String user, String password) {
    ScramServer server = server();
    ScramClient client = new ScramClient("n,,", user, password);
    return server.accept(client.answer(server.accept(client.first())));
  }

  @Test
  void anUnknownUserIsChallengedTheSameWayAtEveryTry() {
    String once = text(((ScramStep.Challenge) server().accept(bytes("n,,n=nobody,r=x"))).data());
    String again = text(((ScramStep.Challenge) server().accept(bytes("n,,n=nobody,r=x"))).data());
    String other = text(((ScramStep.Challenge) server().accept(bytes("n,,n=noone,r=x"))).data());

    assertThat(once.split(",")[1]).isEqualTo(again.split(",")[1]).hasSize("s=".length() + 24);
    assertThat(once.split(",")[1]).isNotEqualTo(other.split(",")[1]);
    assertThat(once).endsWith(",i=32768");
    assertThat(once.split(",")[0]).as("nonce").isNotEqualTo(again.split(",")[0]);
  }

  @Test
  void theProofOfNobodysStoredKeyIsWorthless() {
    // Whoever read the broker's memory knows nobodyKey, hence nobody's stored key, but no client
    // key that hashes to it; an answer made from the stored key itself must not pass.
    ScramServer server = server();
    String first = text(((ScramStep.Challenge) server.accept(bytes("n,,n=nobody,r=x"))).data());
    byte[] stored = ScramCredential.ofNobody(KEY, "nobody").storedKey();

    ScramStep end =
        server.accept(bytes("c=biws," + first.split(",")[0] + ",p=" + ScramClient.encoded(stored)));

    assertThat(end).isEqualTo(refused(Reason.NOT_PROVEN));
  }

  @Test
  void aReplayedAnswerIsRefused() {
    ScramServer one = server();
    ScramClient client = new ScramClient("n,,", "user", "pencil");
    byte[] answer = client.answer(one.accept(client.first()));
    ScramServer other = server();
    other.accept(client.first());

    assertThat(one.accept(answer)).isInstanceOf(ScramStep.Accepted.class);
    assertThat(other.accept(answer)).isEqualTo(refused(Reason.NONCE));
    assertThat(one.accept(answer)).isEqualTo(refused(Reason.MALFORMED));
  }

  @Test
  void aShortenedOrLengthenedNonceIsRefused() {
    for (String change : new String[] {"r=clientNonce1", "%sx"}) {
      ScramServer server = server();
      ScramClient client = new ScramClient("n,,", "user", "pencil");
      String first = text(((ScramStep.Challenge) server.accept(client.first())).data());
      String nonce = change.formatted(first.split(",")[0]);

      assertThat(server.accept(client.answer(first, nonce, "biws")))
          .isEqualTo(refused(Reason.NONCE));
    }
  }

  @Test
  void aHeaderThatWasChangedOnTheWayIsRefused() {
    ScramServer server = server();
    ScramClient client = new ScramClient("n,,", "user", "pencil");
    String first = text(((ScramStep.Challenge) server.accept(client.first())).data());

    assertThat(server.accept(client.answer(first, first.split(",")[0], "eSws")))
        .isEqualTo(refused(Reason.CHANNEL_BINDING));
  }

  @Test
  void bindsToTheChannel() {
    assertThat(plus("p=tls-exporter,,", CHANNEL.data())).isInstanceOf(ScramStep.Accepted.class);
    assertThat(plus("p=tls-exporter,,", bytes("another connection")))
        .isEqualTo(refused(Reason.CHANNEL_BINDING));
  }

  private ScramStep plus(String header, byte[] seenByClient) {
    ScramServer server =
        ScramServer.plus(name -> Optional.ofNullable(USERS.get(name)), KEY, randomness, CHANNEL);
    ScramClient client = new ScramClient(header, "user", "pencil").boundTo(seenByClient);
    return server.accept(client.answer(server.accept(client.first())));
  }

  @Test
  void refusesABindingThatIsNotThereAndADowngrade() {
    ScramServer offered =
        ScramServer.plain(name -> Optional.ofNullable(USERS.get(name)), KEY, randomness, true);
    ScramServer wanted =
        ScramServer.plus(name -> Optional.ofNullable(USERS.get(name)), KEY, randomness, CHANNEL);

    assertThat(server().accept(bytes("p=tls-exporter,,n=user,r=x")))
        .isEqualTo(refused(Reason.CHANNEL_BINDING));
    assertThat(offered.accept(bytes("y,,n=user,r=x"))).isEqualTo(refused(Reason.DOWNGRADE));
    assertThat(wanted.accept(bytes("n,,n=user,r=x"))).isEqualTo(refused(Reason.CHANNEL_BINDING));
  }

  @Test
  void nobodyActsForSomebodyElse() {
    assertThat(server().accept(bytes("n,a=root,n=user,r=x")))
        .isEqualTo(refused(Reason.OTHER_IDENTITY));
  }

  @Test
  void aMandatoryExtensionIsRefused() {
    assertThat(server().accept(bytes("n,,m=x,n=user,r=x")))
        .isEqualTo(refused(Reason.UNKNOWN_EXTENSION));
  }

  @Test
  void anOptionalExtensionIsIgnored() {
    assertThat(server().accept(bytes("n,,n=user,r=x,e=1"))).isInstanceOf(ScramStep.Challenge.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "n",
        "n,",
        "n,,",
        "x,,n=user,r=x",
        "n,,r=x,n=user",
        "n,,n=user",
        "n,,n=,r=x",
        "n,,n=user,r=",
        "n,,n=us=er,r=x",
        "n,,n=us=2c,r=x",
        "n,b=user,n=user,r=x",
        "n,,n=user,r=a b",
        "n,,n=user,r=x,",
        "n,,n=user,r=x,1=2",
        "n,,n=us\0er,r=x",
        "n,,n=user,r=x,m=1"
      })
  void aFirstMessageOutOfFormIsRefused(String message) {
    ScramServer server = server();

    assertThat(server.accept(bytes(message))).isEqualTo(refused(Reason.MALFORMED));
    assertThat(server.accept(bytes("n,,n=user,r=x"))).isEqualTo(refused(Reason.MALFORMED));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "c=biws",
        "c=biws,p=AAAA",
        "%s,c=biws,p=AAAA",
        "c=biws,%s",
        "c=biws,%s,p=***",
        "c=***,%s,p=AAAA",
        "c=biws,%s,p=AAA",
        "c=biws,%s,x,p=AAAA",
        "c=biws,%s,m=1,p=AAAA"
      })
  void aLastMessageOutOfFormIsRefused(String form) {
    ScramServer server = server();
    String first = text(((ScramStep.Challenge) server.accept(bytes("n,,n=user,r=x"))).data());

    assertThat(server.accept(bytes(form.replace("%s", first.split(",")[0]))))
        .isEqualTo(refused(Reason.MALFORMED));
  }

  @Test
  void aProofOfAnotherLengthIsRefused() {
    for (String proof : new String[] {"", "AAAA"}) {
      ScramServer server = server();
      String first = text(((ScramStep.Challenge) server.accept(bytes("n,,n=user,r=x"))).data());

      assertThat(server.accept(bytes("c=biws," + first.split(",")[0] + ",p=" + proof)))
          .isEqualTo(refused(Reason.NOT_PROVEN));
    }
  }

  @Test
  void messagesAreBoundedAndMustBeUtf8() {
    assertThat(server().accept(bytes("n,,n=" + "u".repeat(5_000) + ",r=x")))
        .isEqualTo(refused(Reason.MALFORMED));
    assertThat(server().accept(new byte[] {'n', ',', ',', 'n', '=', (byte) 0xC0, ',', 'r', '='}))
        .isEqualTo(refused(Reason.MALFORMED));
  }

  @Test
  void anyDamageIsRefusedWithoutAnException() {
    Seeds.run(
        3,
        random -> {
          for (int i = 0; i < 200; i++) {
            ScramServer server = server();
            byte[] first = bytes("n,,n=user,r=clientNonce1");
            if (i % 2 == 0) first[random.nextInt(first.length)] = (byte) random.nextInt();
            ScramStep step = server.accept(first);
            if (!(step instanceof ScramStep.Challenge challenge)) continue;
            String nonce = text(challenge.data()).split(",")[0];
            byte[] last = bytes("c=biws," + nonce + ",p=" + "A".repeat(43) + "=");
            last[random.nextInt(last.length)] = (byte) random.nextInt();
            assertThat(server.accept(last)).isInstanceOf(ScramStep.Refused.class);
          }
        });
  }

  private static ScramStep refused(Reason reason) {
    return new ScramStep.Refused(reason);
  }
}
