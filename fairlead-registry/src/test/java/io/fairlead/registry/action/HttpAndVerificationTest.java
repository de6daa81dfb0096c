package io.fairlead.registry.action;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.meter.Meters;
import io.fairlead.core.time.Clock;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.time.Pause;
import io.fairlead.core.unit.Secret;
import io.fairlead.registry.action.ActionResult.Done;
import io.fairlead.registry.action.ActionResult.Failed;
import io.fairlead.registry.action.ActionResult.Refused;
import io.fairlead.registry.action.VerifyConfig.Timing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code http}, the looks of a verification, their timing, and the tries of an action. */
class HttpAndVerificationTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(5);
  private static final Timing TIMING = Timing.TYPE.defaults();

  private HttpServer server;
  private final List<String> asked = new CopyOnWriteArrayList<>();
  private volatile int status = 200;
  private volatile String body = "{}";

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          var fields = exchange.getRequestHeaders();
          asked.add(
              exchange.getRequestMethod()
                  + " "
                  + exchange.getRequestURI()
                  + " "
                  + fields.getFirst("If-Match")
                  + " "
                  + fields.getFirst("Authorization")
                  + " "
                  + fields.getFirst("X-Own"));
          exchange.getResponseHeaders().set("ETag", "\"g1-abc\"");
          if (status == 302) exchange.getResponseHeaders().set("Location", "/elsewhere");
          byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status, bytes.length);
          exchange.getResponseBody().write(bytes);
          exchange.close();
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aRequestReloads() throws Exception {
    ReloadAction action =
        new HttpAction(
            new ReloadConfig.Http(
                url("/v1/reload"),
                "POST",
                Map.of("X-Own", "1"),
                Optional.of(Secret.of("s3cret")),
                Optional.of(url("/v1/now")),
                TIMEOUT));
    assertThat(Fixture.run(action)).isEqualTo(new Done(""));
    assertThat(asked)
        .containsExactly(
            "GET /v1/now null Bearer s3cret 1", "POST /v1/reload \"g1-abc\" Bearer s3cret 1");
    status = 412;
    assertThat(Fixture.run(action)).isInstanceOf(Failed.class);
  }

  @Test
  void aRedirectIsNotFollowed() throws Exception {
    status = 302;
    ReloadAction action =
        new HttpAction(
            new ReloadConfig.Http(
                url("/x"), "POST", Map.of(), Optional.empty(), Optional.empty(), TIMEOUT));
    assertThat(Fixture.run(action)).isInstanceOf(Refused.class);
    assertThat(asked).hasSize(1);
    server.stop(0);
    assertThat(Fixture.run(action)).isInstanceOf(Failed.class);
  }

  @Test
  void looks() throws Exception {
    int port = server.getAddress().getPort();
    VerifyConfig tcp = new VerifyConfig.Tcp(new Destination.HostPort("127.0.0.1", port), TIMING);
    VerifyConfig http =
        new VerifyConfig.Http(url("/h"), 200, Optional.of("/state/0"), Optional.of("up"), TIMING);
    VerifyConfig gateway = new VerifyConfig.Fairlead(url(""), Optional.of(Secret.of("t")), TIMING);
    assertThat(look(tcp)).isEmpty();
    assertThat(look(http)).isPresent();
    body = "{\"state\":[\"up\"],\"hash\":\"0123456789ab\"}";
    assertThat(look(http)).isEmpty();
    assertThat(look(gateway)).isEmpty();
    body = "{\"state\":[\"down\"],\"hash\":\"f123456789ab\"}";
    assertThat(look(http)).isPresent();
    assertThat(look(gateway)).isPresent();
    status = 503;
    assertThat(look(http)).isPresent();
    assertThat(look(gateway)).isPresent();
    server.stop(0);
    assertThat(look(tcp)).isPresent();
    assertThat(look(new VerifyConfig.Exec(List.of("true"), List.of(0), TIMING))).isEmpty();
    assertThat(look(new VerifyConfig.Exec(List.of("false"), List.of(0), TIMING))).isPresent();
    assertThat(look(VerifyConfig.NOBODY)).isEmpty();
  }

  @Test
  void twoGoodLooksInARowAndThenFiveSeconds() throws Exception {
    assertThat(verify("++++++++++++++++++")).isEqualTo("good after 5700 ms, 12 looks");
    assertThat(verify("-+-++++++++++++++++++++++")).startsWith("good after 7200 ms");
    assertThat(verify("+-+-+-+-+-+-+-+-+-+-+-+-+-+-+-")).isEqualTo("bad after 10200 ms");
    assertThat(verify("------------------------------")).isEqualTo("bad after 10200 ms");
    assertThat(verify("+++++-")).as("within the watch").isEqualTo("bad after 2700 ms");
  }

  /** A plus is a good look. */
  private static String verify(String looks) throws InterruptedException {
    ManualClock clock = new ManualClock();
    Iterator<Integer> each = looks.chars().iterator();
    List<Boolean> taken = new ArrayList<>();
    Verification verification =
        new Verification(
            (occasion, digest, timeout) -> {
              boolean good = each.next() == '+';
              taken.add(good);
              return good ? Optional.empty() : Optional.of("down");
            },
            TIMING,
            clock,
            Fixture.moving(clock));
    boolean good = verification.run(Fixture.OCCASION, "").isEmpty();
    long millis = clock.nanos() / 1_000_000;
    return (good ? "good" : "bad")
        + " after "
        + millis
        + " ms"
        + (good ? ", " + taken.size() + " looks" : "");
  }

  @Test
  void threeTriesOneAndFiveSecondsApart() throws Exception {
    List<Duration> pauses = new ArrayList<>();
    SimpleMeterRegistry registry = new SimpleMeterRegistry();
    List<ActionResult> results =
        new ArrayList<>(List.of(new Failed("a"), new Failed("b"), new Done("c")));
    Reloading reloading = new Reloading(scripted(results), pauses::add, new Meters(registry));
    assertThat(reloading.run(Fixture.OCCASION)).isEqualTo(new Done("c"));
    assertThat(pauses).containsExactly(Duration.ofSeconds(1), Duration.ofSeconds(5));
    assertThat(
            registry
                .get("fairlead.registry.reload.tries")
                .tags("type", "scripted", "result", "failed")
                .counter()
                .count())
        .isEqualTo(2);

    results.addAll(List.of(new Failed("a"), new Failed("b"), new Failed("c"), new Done("d")));
    assertThat(reloading.run(Fixture.OCCASION)).isEqualTo(new Failed("c"));
    results.clear();
    results.addAll(List.of(new Refused("never"), new Done("d")));
    assertThat(reloading.run(Fixture.OCCASION)).isEqualTo(new Refused("never"));
  }

  private static ReloadAction scripted(List<ActionResult> results) {
    return new ReloadAction() {
      @Override
      public String type() {
        return "scripted";
      }

      @Override
      public ActionResult run(Occasion occasion) {
        return results.removeFirst();
      }
    };
  }

  private Optional<String> look(VerifyConfig config) throws InterruptedException {
    return Checks.of(config, new ProgramRun(Clock.system(), Pause.system()))
        .complaint(Fixture.OCCASION, "0123456789abcdef", TIMEOUT);
  }

  private URI url(String path) {
    return URI.create("http://127.0.0.1:" + server.getAddress().getPort() + path);
  }
}
