package io.fairlead.it.mqtt;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.auth.PasswordForm;
import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.interfaces.RSAPublicKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.concurrent.CountDownLatch;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who is cut when the ways to log in change, and who is not. */
class LoginReloadIT {
  private static final String ONE = "one provider's secret".repeat(4);
  private static final String OTHER = "another provider's".repeat(4);

  @TempDir private Path dir;

  private static String provider(String secret, String more) {
    String algorithm = secret.equals(ONE) ? "HS256" : "HS512"; // by which they are told apart
    return "{ type: jwt, secret: \""
        + secret
        + "\", algorithms: [ "
        + algorithm
        + " ], audience: [ a"
        + more
        + " ] }";
  }

  private static String auth(String... ways) {
    return "anonymous: false\nacl: { default: allow }\nauth: [ " + String.join(", ", ways) + " ]\n";
  }

  private static Peer open(EmbeddedBroker broker) throws IOException {
    Peer peer = new Peer(new Link.Plain(RawClient.connect(broker.port(Transport.TCP))), Version.V5);
    peer.link().tcp().timeout(Duration.ofSeconds(30));
    return peer;
  }

  private static Connect client(String id, String user, String password) {
    return Connect.of(Version.V5, id).user(user).password(password);
  }

  @Test
  void whatAProviderMoreOrLessChangesIsForItsOwnClients() throws Exception {
    String own = provider(ONE, "");
    try (EmbeddedBroker broker = EmbeddedBroker.start(auth(own), made -> made);
        Peer first = open(broker);
        Peer second = open(broker)) {
      first.connect(client("c1", "x", signed(ONE)));
      broker.reload(auth(own, provider(OTHER, "")));
      first.ping();
      second.connect(client("c2", "x", signed(OTHER)));
      broker.reload(auth(provider(OTHER, ""), provider(ONE, ", b")));
      first.ping();
      second.ping();
      broker.reload(auth(provider(OTHER, "")));
      first.dropped(0x87);
      second.ping();
    }
  }

  /** The event loop of one of them does not come to look before the second change. */
  @Test
  void whoIsTakenAwayIsCutThoughTheNextChangeFollowsAtOnce() throws Exception {
    Path users = dir.resolve("users");
    String ann = PasswordForm.BCRYPT.write(Secret.of("a"), Randomness.system());
    String bob = PasswordForm.BCRYPT.write(Secret.of("b"), Randomness.system());
    Files.writeString(users, "ann:" + ann + "\nbob:" + bob + "\n");
    String yaml = auth("{ type: file, path: \"" + users + "\" }");
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    try (EmbeddedBroker broker = EmbeddedBroker.start(yaml, made -> made);
        Peer publisher = open(broker);
        Peer one = open(broker);
        Peer two = open(broker)) {
      var _ =
          broker
              .broker()
              .subscribe(
                  "hold",
                  0,
                  _ -> {
                    held.countDown();
                    await(goOn);
                  })
              .toCompletableFuture()
              .get();
      one.connect(client("b1", "bob", "b"));
      two.connect(client("b2", "bob", "b"));
      publisher.connect(client("a", "ann", "a"));
      publisher.publish("hold", "x", 0);
      held.await();
      Files.writeString(users, "ann:" + ann + "\n");
      broker.reload(yaml);
      broker.reload(yaml);
      goOn.countDown();
      one.dropped(0x87);
      two.dropped(0x87);
      publisher.ping();
    } finally {
      goOn.countDown();
    }
  }

  @Test
  void whoIsLetInByWhatIsTakenAwayMeanwhileIsNot() throws Exception {
    KeyPair keys = KeyPairGenerator.getInstance("RSA").generateKeyPair();
    CountDownLatch asked = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    HttpServer provider =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    provider.createContext(
        "/",
        exchange -> {
          asked.countDown();
          await(goOn);
          byte[] body = keySet((RSAPublicKey) keys.getPublic()).getBytes(UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    provider.start();
    String url = "http://127.0.0.1:" + provider.getAddress().getPort() + "/";
    String fetched = "{ type: jwt, jwks: \"" + url + "\", audience: [ a ] }";
    try (EmbeddedBroker broker =
            EmbeddedBroker.start(auth(fetched, provider(ONE, "")), made -> made);
        Peer peer = open(broker)) {
      peer.send(client("c", "x", signed(keys)).bytes());
      asked.await();
      broker.reload(auth(provider(ONE, "")));
      goOn.countDown();
      assertThat(peer.next(Packet.CONNACK).code()).isEqualTo(0x86);
      peer.eof();
    } finally {
      goOn.countDown();
      provider.stop(0);
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  private static String claims() {
    return part(
        "{\"sub\":\"ann\",\"aud\":\"a\",\"exp\":" + (Instant.now().getEpochSecond() + 600) + "}");
  }

  private static String signed(String secret) throws Exception {
    String bits = secret.equals(ONE) ? "256" : "512";
    String text = part("{\"alg\":\"HS" + bits + "\"}") + "." + claims();
    Mac mac = Mac.getInstance("HmacSHA" + bits);
    mac.init(new SecretKeySpec(secret.getBytes(UTF_8), mac.getAlgorithm()));
    return text + "." + base64(mac.doFinal(text.getBytes(US_ASCII)));
  }

  private static String signed(KeyPair keys) throws Exception {
    String text = part("{\"alg\":\"RS256\"}") + "." + claims();
    Signature signature = Signature.getInstance("SHA256withRSA");
    signature.initSign(keys.getPrivate());
    signature.update(text.getBytes(US_ASCII));
    return text + "." + base64(signature.sign());
  }

  private static String keySet(RSAPublicKey key) {
    return "{\"keys\":[{\"kty\":\"RSA\",\"n\":\""
        + base64(key.getModulus().toByteArray())
        + "\",\"e\":\""
        + base64(key.getPublicExponent().toByteArray())
        + "\"}]}";
  }

  private static String part(String json) {
    return base64(json.getBytes(UTF_8));
  }

  private static String base64(byte[] bytes) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }
}
