package io.fairlead.net.auth;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.ConfigReader;
import io.fairlead.core.config.ConfigSource;
import io.fairlead.core.config.Environment;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.TokenVerifier.Finding;
import io.fairlead.testkit.CostsAtMost;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jose4j.jwk.EcJwkGenerator;
import org.jose4j.jwk.JsonWebKey.OutputControlLevel;
import org.jose4j.jwk.JsonWebKeySet;
import org.jose4j.jwk.OctetKeyPairJsonWebKey;
import org.jose4j.jwk.OkpJwkGenerator;
import org.jose4j.jwk.PublicJsonWebKey;
import org.jose4j.jwk.RsaJsonWebKey;
import org.jose4j.jwk.RsaJwkGenerator;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.keys.EllipticCurves;
import org.jose4j.keys.HmacKey;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class JwtVerifierTest {
  private static RsaJsonWebKey rsa;
  private static PublicJsonWebKey ec;
  private static OctetKeyPairJsonWebKey okp;

  private final ManualClock clock = new ManualClock();
  @TempDir Path folder;

  @BeforeAll
  static void makeKeys() throws Exception {
    rsa = RsaJwkGenerator.generateJwk(2048);
    rsa.setKeyId("r1");
    ec = EcJwkGenerator.generateJwk(EllipticCurves.P256);
    ec.setKeyId("e1");
    okp = OkpJwkGenerator.generateJwk("Ed25519");
    okp.setKeyId("o1");
  }

  @Test
  void acceptsEveryAlgorithmItIsTold() throws Exception {
    JwtVerifier verifier = verifier(rsa, ec, okp);
    assertThat(verifier.verify(shown(token("RS256", rsa, claims())))).isInstanceOf(good());
    assertThat(verifier.verify(shown(token("PS256", rsa, claims())))).isInstanceOf(good());
    assertThat(verifier.verify(shown(token("ES256", ec, claims())))).isInstanceOf(good());
    assertThat(verifier.verify(shown(token("EdDSA", okp, claims())))).isInstanceOf(good());
    assertThat(verifier.verify(shown(token("RS512", rsa, claims()))))
        .isEqualTo(new Finding.NotMine());
  }

  @Test
  void takesNameGroupsAttributesAndEndFromTheClaims() throws Exception {
    String claims =
        at(
            "{'iss':'idp','aud':['x','mqtt'],'exp':@+60,'name':'ann','grp':['a','b',7],"
                + "'org':'t9','n':5,'sub':'other'}");
    JwtSettings settings =
        new JwtSettings(
            Optional.of(file(rsa)),
            Optional.empty(),
            List.of("RS256"),
            Optional.of("idp"),
            List.of("mqtt"),
            "name",
            Optional.of("grp"),
            Map.of("tenant", "org", "number", "n", "none", "missing"));
    Finding finding =
        JwtVerifier.open(settings, clock, "").verify(shown(token("RS256", rsa, claims)));
    AuthResult.Accepted who = ((Finding.Good) finding).who();
    assertThat(who.user()).isEqualTo("ann");
    assertThat(who.by()).isEqualTo("jwt");
    assertThat(who.groups()).isEqualTo(Set.of("a", "b"));
    assertThat(who.attributes()).isEqualTo(Map.of("tenant", "t9", "number", "5"));
    assertThat(who.until().orElseThrow().getEpochSecond())
        .isEqualTo(clock.wall().getEpochSecond() + 90);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{'sub':'ann','iss':'idp','aud':'mqtt','exp':@+60}|",
        "{'sub':'ann','iss':'idp','aud':'mqtt','exp':@-29}|",
        "{'sub':'ann','iss':'idp','aud':'mqtt','exp':@-31}|expired",
        "{'sub':'ann','iss':'idp','aud':'mqtt'}|no_expiry",
        "{'sub':'ann','iss':'idp','aud':'mqtt','exp':@+60,'nbf':@+31}|not_yet",
        "{'sub':'ann','iss':'idp','aud':'other','exp':@+60}|audience",
        "{'sub':'ann','iss':'idp','exp':@+60}|audience",
        "{'sub':'ann','iss':'evil','aud':'mqtt','exp':@+60}|issuer",
        "{'sub':'ann','aud':'mqtt','exp':@+60}|issuer",
        "{'iss':'idp','aud':'mqtt','exp':@+60}|no_name",
        "{'sub':7,'iss':'idp','aud':'mqtt','exp':@+60}|claims",
        "{'sub':'','iss':'idp','aud':'mqtt','exp':@+60}|no_name",
      })
  void claimsAreChecked(String claims, String reason) throws Exception {
    Finding finding = verifier(rsa).verify(shown(token("RS256", rsa, at(claims))));
    if (reason == null) assertThat(finding).isInstanceOf(good());
    else assertThat(finding).isEqualTo(new Finding.Bad(reason));
  }

  @Test
  @CostsAtMost(processorMillis = 2_000, heapMebi = 16)
  void refusesTricksWithTheAlgorithm() throws Exception {
    JwtVerifier verifier = verifier(rsa);
    String unsigned = part("{\"alg\":\"none\"}") + "." + part(claims()) + ".";
    assertThat(verifier.verify(shown(unsigned))).isEqualTo(new Finding.NotMine());
    assertThat(verifier.verify(shown(unsigned + "AAAA"))).isEqualTo(new Finding.Bad("algorithm"));
    assertThat(verifier.verify(shown(unsigned.replace("none", "None") + "AAAA")))
        .isInstanceOf(Finding.Bad.class);
    // The public key as the secret of a symmetric algorithm.
    JsonWebSignature confused = new JsonWebSignature();
    confused.setPayload(claims());
    confused.setAlgorithmHeaderValue("HS256");
    confused.setKeyIdHeaderValue("r1");
    confused.setKey(new HmacKey(rsa.getPublicKey().getEncoded()));
    assertThat(verifier.verify(shown(confused.getCompactSerialization())))
        .isEqualTo(new Finding.Bad("algorithm"));
  }

  @Test
  void refusesTricksWithTheHeader() throws Exception {
    JwtVerifier verifier = verifier(rsa);
    RsaJsonWebKey thief = RsaJwkGenerator.generateJwk(2048);
    thief.setKeyId("r1");
    assertThat(verifier.verify(shown(token("RS256", thief, claims()))))
        .isEqualTo(new Finding.Bad("signature"));
    JsonWebSignature brought = signature("RS256", thief, claims());
    brought.setJwkHeader(thief); // its own key, in the token
    assertThat(verifier.verify(shown(brought.getCompactSerialization())))
        .isEqualTo(new Finding.Bad("signature"));
    JsonWebSignature nested = signature("RS256", rsa, claims());
    nested.setContentTypeHeaderValue("JWT");
    assertThat(verifier.verify(shown(nested.getCompactSerialization())))
        .isEqualTo(new Finding.Bad("nested"));
    JsonWebSignature critical = signature("RS256", rsa, claims());
    critical.setCriticalHeaderNames("x");
    assertThat(verifier.verify(shown(critical.getCompactSerialization())))
        .isInstanceOf(Finding.Bad.class);
    for (String kid : List.of("../../dev/null", "r1' OR '1'='1", "")) {
      JsonWebSignature named = signature("RS256", rsa, claims());
      named.setKeyIdHeaderValue(kid);
      assertThat(verifier.verify(shown(named.getCompactSerialization())))
          .as(kid)
          .isEqualTo(new Finding.NotMine());
    }
    assertThat(verifier.verify(shown("ey" + "a".repeat(9000) + ".a.a")))
        .isEqualTo(new Finding.NotMine());
  }

  @Test
  void aTokenThatNamesNoKeyNeedsThatOnlyOneFits() throws Exception {
    RsaJsonWebKey second = RsaJwkGenerator.generateJwk(2048);
    second.setKeyId("r2");
    JsonWebSignature nameless = signature("RS256", rsa, claims());
    nameless.getHeaders().setStringHeaderValue("kid", null);
    String token = nameless.getCompactSerialization();
    assertThat(verifier(rsa, ec).verify(shown(token))).isInstanceOf(good());
    assertThat(verifier(rsa, second).verify(shown(token))).isEqualTo(new Finding.NotMine());
  }

  @Test
  @CostsAtMost(processorMillis = 2_000, heapMebi = 16)
  void aSharedSecretIsForTheSymmetricAlgorithmsOnly() throws Exception {
    String secret = "a secret of at least thirty-two bytes";
    JwtSettings settings =
        new JwtSettings(
            Optional.empty(),
            Optional.of(Secret.of(secret)),
            List.of("HS256"),
            Optional.empty(),
            List.of("mqtt"),
            "sub",
            Optional.empty(),
            Map.of());
    JwtVerifier verifier = JwtVerifier.open(settings, clock, "");
    JsonWebSignature signed = new JsonWebSignature();
    signed.setPayload(claims());
    signed.setAlgorithmHeaderValue("HS256");
    signed.setKey(new HmacKey(secret.getBytes(UTF_8)));
    assertThat(verifier.verify(shown(signed.getCompactSerialization()))).isInstanceOf(good());
    assertThat(verifier.verify(shown(token("RS256", rsa, claims()))))
        .isEqualTo(new Finding.NotMine());
  }

  /** With a shorter one, no token would ever be good. */
  @ParameterizedTest
  @CsvSource({
    "'', 32",
    "'algorithms: [ HS256 ]', 32",
    "'algorithms: [ HS384 ]', 48",
    "'algorithms: [ HS256, HS512 ]', 64"
  })
  void aSecretIsAsLongAsItsAlgorithmsNeed(String algorithms, int least) throws Exception {
    for (int length : new int[] {least - 1, least}) {
      String yaml = "secret: " + "s".repeat(length) + "\naudience: [ a ]\n" + algorithms + "\n";
      boolean fits =
          ConfigReader.read(
                  JwtSettings.TYPE,
                  new ConfigSource("jwt.yaml", yaml, folder),
                  Environment.withVariables(Map.of()))
              .value()
              .isPresent();
      assertThat(fits).as("%d bytes", length).isEqualTo(length == least);
    }
  }

  @Test
  void fetchesKeysOnceAMinuteAtMostAndKeepsThemWhenItCannot() throws Exception {
    AtomicInteger asked = new AtomicInteger();
    AtomicReference<String> keys = new AtomicReference<>(set(rsa));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/jwks",
        exchange -> {
          asked.incrementAndGet();
          byte[] body = keys.get().getBytes(UTF_8);
          exchange.sendResponseHeaders(body.length == 0 ? 500 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
      JwtVerifier verifier = JwtVerifier.open(settings(new JwtSettings.Jwks.Url(url)), clock, "");
      String first = token("RS256", rsa, claims());
      String second = token("ES256", ec, claims());
      assertThat(verifier.verify(shown(first))).isInstanceOf(good());
      for (int i = 0; i < 20; i++) {
        assertThat(verifier.verify(shown(second))).isEqualTo(new Finding.NotMine());
      }
      assertThat(asked).hasValue(1);
      keys.set(set(rsa, ec)); // the provider has a new key
      clock.advance(Duration.ofSeconds(61));
      assertThat(verifier.verify(shown(token("ES256", ec, claims())))).isInstanceOf(good());
      assertThat(asked).hasValue(2);
      keys.set(""); // and then it is down
      clock.advance(Duration.ofMinutes(11));
      assertThat(verifier.verify(shown(token("ES256", ec, claims())))).isInstanceOf(good());
      assertThat(verifier.verify(shown(token("RS256", rsa, claims())))).isInstanceOf(good());
      assertThat(asked).hasValue(3);
    } finally {
      server.stop(0);
    }
  }

  /** Nobody who comes meanwhile waits for it, and the next reading is not kept from happening. */
  @Test
  @Timeout(60)
  void anAnswerThatNeverEndsIsGivenUpAndThoseThereWereServeMeanwhile() throws Exception {
    AtomicReference<CountDownLatch> stalls = new AtomicReference<>(new CountDownLatch(0));
    Semaphore stalled = new Semaphore(0);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Thread::startVirtualThread);
    server.createContext(
        "/jwks",
        exchange -> {
          byte[] body = set(rsa).getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body, 0, 10);
          exchange.getResponseBody().flush();
          if (stalls.get().getCount() > 0) stalled.release();
          try {
            stalls.get().await();
          } catch (InterruptedException stop) {
            throw new IOException(stop);
          }
          exchange.getResponseBody().write(body, 10, body.length - 10);
          exchange.close();
        });
    server.start();
    CountDownLatch over = new CountDownLatch(1);
    try {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
      JwtVerifier verifier = JwtVerifier.open(settings(new JwtSettings.Jwks.Url(url)), clock, "");
      String known = token("RS256", rsa, claims());
      assertThat(verifier.verify(shown(known))).isInstanceOf(good());
      stalls.set(over);
      clock.advance(Duration.ofMinutes(11));
      String later = token("RS256", rsa, claims());
      CompletableFuture<Finding> reading =
          CompletableFuture.supplyAsync(() -> verifier.verify(shown(later)));
      stalled.acquire();
      assertThat(verifier.verify(shown(later))).isInstanceOf(good());
      assertThat(reading).isNotDone();
      assertThat(reading.get()).isInstanceOf(good());
    } finally {
      over.countDown();
      server.stop(0);
    }
  }

  @Test
  @Timeout(60)
  void aNewKeyServesAllWhoComeWhileItIsFetched() throws Exception {
    AtomicReference<String> keys = new AtomicReference<>(set(rsa));
    AtomicReference<CountDownLatch> goOn = new AtomicReference<>(new CountDownLatch(0));
    Semaphore asked = new Semaphore(0);
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Thread::startVirtualThread);
    server.createContext(
        "/jwks",
        exchange -> {
          asked.release();
          try {
            goOn.get().await();
          } catch (InterruptedException stop) {
            throw new IOException(stop);
          }
          byte[] body = keys.get().getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
      JwtVerifier verifier = JwtVerifier.open(settings(new JwtSettings.Jwks.Url(url)), clock, "");
      assertThat(verifier.verify(shown(token("RS256", rsa, claims())))).isInstanceOf(good());
      asked.acquire();
      clock.advance(Duration.ofMinutes(2));
      goOn.set(new CountDownLatch(1));
      keys.set(set(rsa, ec));
      String token = token("ES256", ec, claims());
      List<CompletableFuture<Finding>> comers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        CompletableFuture<Finding> finding = new CompletableFuture<>();
        comers.add(finding);
        Thread comer =
            Thread.startVirtualThread(() -> finding.complete(verifier.verify(shown(token))));
        await().until(() -> comer.getState() != Thread.State.RUNNABLE);
      }
      asked.acquire();
      goOn.get().countDown();
      for (CompletableFuture<Finding> each : comers) {
        assertThat(each.get()).isInstanceOf(good());
      }
    } finally {
      goOn.get().countDown();
      server.stop(0);
    }
  }

  @Test
  void aFileWithoutKeysIsAProblemOfTheConfiguration() throws Exception {
    Path file = folder.resolve("keys.json");
    for (String text :
        List.of("", "{}", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}")) {
      Files.writeString(file, text);
      assertThatThrownBy(
              () -> JwtVerifier.open(settings(new JwtSettings.Jwks.File(file)), clock, "/mqtt"))
          .isInstanceOf(ConfigException.class);
    }
  }

  private JwtVerifier verifier(PublicJsonWebKey... keys) throws Exception {
    return JwtVerifier.open(settings(file(keys)), clock, "");
  }

  private static JwtSettings settings(JwtSettings.Jwks jwks) {
    return new JwtSettings(
        Optional.of(jwks),
        Optional.empty(),
        List.of("RS256", "PS256", "ES256", "EdDSA"),
        Optional.of("idp"),
        List.of("mqtt"),
        "sub",
        Optional.empty(),
        Map.of());
  }

  private JwtSettings.Jwks file(PublicJsonWebKey... keys) throws Exception {
    Path file = Files.createTempFile(folder, "keys", ".json");
    Files.writeString(file, set(keys));
    return new JwtSettings.Jwks.File(file);
  }

  private static String set(PublicJsonWebKey... keys) {
    return new JsonWebKeySet(keys).toJson(OutputControlLevel.PUBLIC_ONLY);
  }

  private String claims() {
    return at("{'sub':'ann','iss':'idp','aud':'mqtt','exp':@+60}");
  }

  private String at(String claims) {
    String text = claims.replace('\'', '"');
    long now = clock.wall().getEpochSecond();
    for (int offset : new int[] {-29, -31, 31, 60}) {
      text = text.replace("@" + (offset < 0 ? "" : "+") + offset, Long.toString(now + offset));
    }
    return text;
  }

  private static JsonWebSignature signature(String algorithm, PublicJsonWebKey key, String claims) {
    JsonWebSignature jws = new JsonWebSignature();
    jws.setPayload(claims);
    jws.setAlgorithmHeaderValue(algorithm);
    jws.setKeyIdHeaderValue(key.getKeyId());
    jws.setKey(key.getPrivateKey());
    return jws;
  }

  private static String token(String algorithm, PublicJsonWebKey key, String claims)
      throws Exception {
    return signature(algorithm, key, claims).getCompactSerialization();
  }

  private static String part(String json) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(json.getBytes(UTF_8));
  }

  private static Class<Finding.Good> good() {
    return Finding.Good.class;
  }

  private static Credentials shown(String token) {
    return new Credentials("whoever", Secret.of(token));
  }
}
