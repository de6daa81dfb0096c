package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.http.PoolSettings;
import io.fairlead.net.http.PooledForwarder;
import io.fairlead.net.http.UpstreamPool;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Plain HTTP requests through the proxy, over real sockets. */
@Timeout(60)
class AbsoluteFormTest {
  private static final String OPEN = "{ destinations: { private: allow } }";
  private static final String WITH_AUTH =
      "{ auth: { users_file: users }, destinations: { private: allow } }";

  /** An HTTP server that answers every request with its name and remembers what it got. */
  private static final class Site implements AutoCloseable {
    final BlockingQueue<String> heads = new LinkedBlockingQueue<>();
    final Origin origin;

    Site(String name) throws IOException {
      origin = new Origin(socket -> serve(name, socket));
    }

    private void serve(String name, Socket socket) throws IOException {
      InputStream in = socket.getInputStream();
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      int b;
      while ((b = in.read()) >= 0) {
        head.write(b);
        String text = head.toString(StandardCharsets.ISO_8859_1);
        if (!text.endsWith("\r\n\r\n")) continue;
        heads.add(text);
        head.reset();
        socket
            .getOutputStream()
            .write(
                ("HTTP/1.1 200 OK\r\nContent-Length: " + name.length() + "\r\n\r\n" + name)
                    .getBytes(StandardCharsets.ISO_8859_1));
      }
    }

    String lastHead() throws InterruptedException {
      return heads.take();
    }

    int port() {
      return origin.port();
    }

    @Override
    public void close() throws IOException {
      origin.close();
    }
  }

  private static ProxyFixture proxy(String yaml, String... users) throws Exception {
    ProxyFixture proxy = new ProxyFixture(yaml, users);
    UpstreamPool pool = new UpstreamPool(PoolSettings.DEFAULTS, Clock.system(), proxy.meters);
    proxy.forwarder = new PooledForwarder(pool, Clock.system(), proxy.meters);
    return proxy;
  }

  private static String get(String authority, String path, String... fields) {
    StringBuilder head =
        new StringBuilder("GET http://" + authority + path + " HTTP/1.1\r\nHost: other.test\r\n");
    for (String field : fields) head.append(field).append("\r\n");
    return head + "\r\n";
  }

  private static String basic(String userAndPassword) {
    return "Proxy-Authorization: Basic "
        + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void eachRequestOfAConnectionGoesItsOwnWay() throws Exception {
    try (Site a = new Site("site a");
        Site b = new Site("site b");
        ProxyFixture proxy = proxy(OPEN);
        RawClient client = proxy.client()) {
      for (int i = 0; i < 3; i++) {
        client.send(get("a.test:" + a.port(), "/x?y=1"));
        assertThat(client.readResponse()).startsWith("HTTP/1.1 200").endsWith("site a");
        assertThat(a.lastHead())
            .startsWith("GET /x?y=1 HTTP/1.1\r\n")
            .containsIgnoringCase("\r\nhost: a.test:" + a.port() + "\r\n")
            .doesNotContain("other.test");
        client.send(get("b.test:" + b.port(), ""));
        assertThat(client.readResponse()).startsWith("HTTP/1.1 200").endsWith("site b");
        assertThat(b.lastHead()).startsWith("GET / HTTP/1.1\r\n");
      }
      assertThat(a.origin.accepted).hasSize(1);
    }
  }

  @Test
  void viaIsAddedBothWaysAndCredentialsStayHere() throws Exception {
    try (Site site = new Site("hello");
        ProxyFixture proxy =
            proxy(WITH_AUTH.replace("{ auth", "{ via: edge-1, auth"), "alice", "x");
        RawClient client = proxy.client()) {
      client.send(
          get(
              "a.test:" + site.port(),
              "/",
              basic("alice:x"),
              "Proxy-Connection: keep-alive",
              "Via: 1.0 first"));
      assertThat(client.readResponse().toLowerCase(Locale.ROOT)).contains("via: 1.1 edge-1");
      assertThat(site.lastHead().toLowerCase(Locale.ROOT))
          .contains("via: 1.0 first")
          .contains("via: 1.1 edge-1")
          .doesNotContain("proxy-")
          .doesNotContain("x-forwarded")
          .doesNotContain("forwarded:");
    }
  }

  @Test
  void anAnonymousProxySaysNothingOfItself() throws Exception {
    try (Site site = new Site("hello");
        ProxyFixture proxy = proxy(OPEN.replace("{ dest", "{ anonymous: true, dest"));
        RawClient client = proxy.client()) {
      client.send(get("a.test:" + site.port(), "/"));
      assertThat(client.readResponse()).doesNotContainIgnoringCase("via:");
      assertThat(site.lastHead()).doesNotContainIgnoringCase("via:");
    }
  }

  @Test
  void loopsAndLongWaysAreFound() throws Exception {
    try (ProxyFixture proxy = proxy(OPEN.replace("{ dest", "{ via: edge-1, dest"));
        RawClient client = proxy.client()) {
      client.send(get("a.test", "/", "Via: 1.1 x, HTTP/1.1 edge-1 (comment)"));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 508").contains("loop_detected");
      client.send(get("a.test", "/", "Via: " + "1.1 x, ".repeat(20) + "1.1 y"));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 502").contains("too_many_hops");
    }
  }

  @Test
  void passwordsAreNeededForEveryRequest() throws Exception {
    try (Site site = new Site("hello");
        ProxyFixture proxy = proxy(WITH_AUTH, "alice", "x");
        RawClient client = proxy.client()) {
      client.send(get("a.test:" + site.port(), "/", basic("alice:x")));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 200");
      client.send(get("a.test:" + site.port(), "/"));
      assertThat(client.readResponse())
          .startsWith("HTTP/1.1 407")
          .containsIgnoringCase("proxy-authenticate: Basic realm=\"proxy\", charset=\"UTF-8\"");
    }
  }

  @Test
  void connectionsAreNotSharedBetweenAccounts() throws Exception {
    try (Site site = new Site("hello");
        ProxyFixture proxy = proxy(WITH_AUTH, "alice", "x", "bob", "y");
        RawClient client = proxy.client()) {
      for (String who : new String[] {"alice:x", "bob:y", "alice:x", "bob:y"}) {
        client.send(get("a.test:" + site.port(), "/", basic(who)));
        assertThat(client.readResponse()).startsWith("HTTP/1.1 200");
      }
      assertThat(site.origin.accepted).hasSize(2);
    }
  }

  @Test
  void maxForwardsIsCountedDown() throws Exception {
    try (Site site = new Site("hello");
        ProxyFixture proxy = proxy(OPEN);
        RawClient client = proxy.client()) {
      String target = "http://a.test:" + site.port();
      client.send("OPTIONS " + target + " HTTP/1.1\r\nHost: a\r\nMax-Forwards: 3\r\n\r\n");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 200").endsWith("hello");
      assertThat(site.lastHead())
          .startsWith("OPTIONS * HTTP/1.1\r\n")
          .containsIgnoringCase("max-forwards: 2\r\n");
      client.send("OPTIONS " + target + " HTTP/1.1\r\nHost: a\r\nMax-Forwards: 0\r\n\r\n");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 200").containsIgnoringCase("allow:");
      assertThat(site.heads).isEmpty();
      client.send("OPTIONS " + target + " HTTP/1.1\r\nHost: a\r\nMax-Forwards: x\r\n\r\n");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void traceIsRefused() throws Exception {
    try (ProxyFixture proxy = proxy(OPEN);
        RawClient client = proxy.client()) {
      client.send("TRACE http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 405");
    }
  }

  private static DialException failure(String name) {
    Destination.HostPort to = new Destination.HostPort("a.test", 80);
    return switch (name) {
      case "dns" -> new DialException.Unresolved(to, "no such name");
      case "refused" -> new DialException.Refused(to, "refused");
      case "timeout" -> new DialException.TimedOut(to, "nothing answered");
      case "denied" -> new DialException.Forbidden(to, "not there", "set forward.main.x");
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "dns, 502, dns_error",
    "refused, 502, connect_refused",
    "timeout, 504, connect_timeout",
    "denied, 403, destination_denied",
  })
  void failedDialsAreAnswered(String name, int status, String code) throws Exception {
    try (ProxyFixture proxy = proxy(OPEN);
        RawClient client = proxy.client()) {
      proxy.egress = (loop, guard) -> (to, within) -> CompletableFuture.failedStage(failure(name));
      client.send(get("a.test", "/"));
      assertThat(client.readResponse())
          .startsWith("HTTP/1.1 " + status)
          .containsIgnoringCase("x-fairlead-error: " + code);
    }
  }

  @Test
  void aServerThatClosesIs502() throws Exception {
    try (Origin rude = new Origin(socket -> socket.getInputStream().readNBytes(10));
        ProxyFixture proxy = proxy(OPEN);
        RawClient client = proxy.client()) {
      client.send(get("a.test:" + rude.port(), "/"));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 502").contains("upstream_failed");
    }
  }

  @Test
  void aRightLostBetweenRequestsEndsThem() throws Exception {
    EntryId entry = new EntryId("members", "alice");
    try (Site site = new Site("hello");
        ProxyFixture proxy = proxy(WITH_AUTH, "alice", "x");
        RawClient client = proxy.client()) {
      proxy.membership.set(members(entry, Standing.ACTIVE));
      client.send(get("a.test:" + site.port(), "/", basic("alice:x")));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 200");
      proxy.membership.set(members(entry, Standing.REVOKED));
      client.send(get("a.test:" + site.port(), "/", basic("alice:x")));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("not_entitled");
    }
  }

  @Test
  void aRightLostDuringTheDialForwardsNothing() throws Exception {
    EntryId entry = new EntryId("members", "alice");
    BlockingQueue<Runnable> held = new LinkedBlockingQueue<>();
    try (Site site = new Site("hello");
        ProxyFixture proxy = proxy(WITH_AUTH, "alice", "x");
        RawClient client = proxy.client()) {
      proxy.egress =
          (loop, guard) ->
              (to, within) -> {
                CompletableFuture<io.netty.channel.Channel> result = new CompletableFuture<>();
                var _ =
                    proxy
                        .direct
                        .on(loop, guard)
                        .dial(to, within)
                        .thenAccept(
                            channel ->
                                held.add(() -> loop.execute(() -> result.complete(channel))));
                return result;
              };
      proxy.membership.set(members(entry, Standing.ACTIVE));
      client.send(get("a.test:" + site.port(), "/", basic("alice:x")));
      Runnable release = held.take();
      proxy.membership.set(members(entry, Standing.REVOKED));
      release.run();
      assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("not_entitled");
      assertThat(site.heads).isEmpty();
      await().until(() -> site.origin.accepted.size() == 1);
    }
  }

  @Test
  void bodiesPassBothWays() throws Exception {
    try (Origin upload =
            new Origin(
                socket -> {
                  InputStream in = socket.getInputStream();
                  StringBuilder text = new StringBuilder();
                  while (!text.toString().endsWith("0123456789")) {
                    int b = in.read();
                    if (b < 0) return;
                    text.append((char) b);
                  }
                  socket
                      .getOutputStream()
                      .write(
                          "HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n"
                              .getBytes(StandardCharsets.ISO_8859_1));
                  in.read();
                });
        ProxyFixture proxy = proxy(OPEN);
        RawClient client = proxy.client()) {
      client.send(
          "POST http://a.test:"
              + upload.port()
              + "/ HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n0123456789");
      assertThat(client.readHead()).startsWith("HTTP/1.1 201");
      assertThat(client.read(13)).isEqualTo("3\r\nabc\r\n0\r\n\r\n");
    }
  }

  private static Membership members(EntryId entry, Standing standing) {
    return new Membership(
        "members",
        "1",
        Map.of(entry, new Member(entry, standing, Optional.empty(), Optional.of("alice"))),
        Map.of("alice", entry));
  }
}
