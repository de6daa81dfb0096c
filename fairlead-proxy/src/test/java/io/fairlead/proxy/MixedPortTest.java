package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.core.access.Cause;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Membership.Member;
import io.fairlead.core.access.Membership.Standing;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.event.GatewayEvent;
import io.fairlead.net.http.Answer;
import io.netty.channel.Channel;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The mixed port over real sockets. */
@Timeout(60)
class MixedPortTest {
  private static final String LOCAL = "{ destinations: { private: allow, connect_ports: all } }";
  private static final String WITH_AUTH =
      "{ auth: { users_file: users }, destinations: { private: allow, connect_ports: all } }";
  private static final String ALL_MODES =
      "{ modes: [http, connect, socks5, socks4], destinations: { private: allow } }";

  private static String connect(int port, String... fields) {
    StringBuilder head = new StringBuilder("CONNECT origin.test:" + port + " HTTP/1.1\r\n");
    head.append("Host: origin.test:").append(port).append("\r\n");
    for (String field : fields) head.append(field).append("\r\n");
    return head + "\r\n";
  }

  private static String basic(String userAndPassword) {
    return "Proxy-Authorization: Basic "
        + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
  }

  private static String hexPort(int port) {
    return String.format("%04x", port);
  }

  private static String socks5(int port) {
    return "05 01 00 01 7f000001" + hexPort(port);
  }

  @Test
  void connectTunnelsWithEarlyData() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      client.send(connect(origin.port()) + "early");
      String head = client.readHead();
      assertThat(head).startsWith("HTTP/1.1 200 ");
      assertThat(head.toLowerCase(java.util.Locale.ROOT))
          .doesNotContain("content-length")
          .doesNotContain("transfer-encoding");
      assertThat(client.read(5)).isEqualTo("early");
      client.send(" and late");
      assertThat(client.read(9)).isEqualTo(" and late");
      assertThat(proxy.connections.list())
          .singleElement()
          .satisfies(
              live -> {
                assertThat(live.kind()).isEqualTo("connect");
                assertThat(live.destination()).isEqualTo("origin.test:" + origin.port());
              });
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"connect", "socks5"})
  void theEndOfOneDirectionIsPassedOnAlone(String mode) throws Exception {
    try (Origin origin =
            new Origin(
                socket -> {
                  byte[] all = socket.getInputStream().readAllBytes();
                  socket.getOutputStream().write(("got " + all.length).getBytes("US-ASCII"));
                });
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      if (mode.equals("connect")) {
        client.send(connect(origin.port()));
        client.readHead();
      } else {
        client.sendHex("050100" + socks5(origin.port()));
        client.readHex(12);
      }
      client.send("question");
      client.socket.shutdownOutput();
      assertThat(client.readAll()).isEqualTo("got 8");
    }
  }

  @Test
  void aSocksClientMayEndItsStreamBeforeTheAnswer() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      client.sendHex("050100" + socks5(origin.port())).send("all I have");
      client.socket.shutdownOutput();
      assertThat(client.readHex(6)).isEqualTo("050005000001");
      client.readHex(6);
      assertThat(client.readAll()).isEqualTo("all I have");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void socks5AnswersTheRealOutboundAddress(boolean slowly) throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      if (slowly) {
        client.sendHexByteByByte("050100").sendHexByteByByte(socks5(origin.port()));
      } else {
        client.sendHex("050100").sendHex(socks5(origin.port()));
      }
      assertThat(client.readHex(2)).isEqualTo("0500");
      String reply = client.readHex(10);
      int seen = origin.accepted.take().getPort();
      assertThat(reply).isEqualTo("050000017f000001" + hexPort(seen));
      client.send("hello");
      assertThat(client.read(5)).isEqualTo("hello");
    }
  }

  @Test
  void socks5LogsInWithEverythingInOnePacket() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(WITH_AUTH, "alice", "s3cr3t");
        RawClient client = proxy.client()) {
      client.sendHex(
          "05 02 00 02 01 05 616c696365 06 733363723374" + socks5(origin.port()) + "6869");
      assertThat(client.readHex(4)).isEqualTo("05020100");
      assertThat(client.readHex(4)).isEqualTo("05000001");
      client.readHex(6);
      assertThat(client.read(2)).isEqualTo("hi");
      assertThat(proxy.connections.list())
          .singleElement()
          .satisfies(live -> assertThat(live.principal().id()).isEqualTo("alice"));
    }
  }

  @Test
  void socks5RefusesAWrongPasswordAndCloses() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(WITH_AUTH, "alice", "s3cr3t");
        RawClient client = proxy.client()) {
      client.sendHex("05 01 02 01 05 616c696365 01 78").sendHex(socks5(1));
      assertThat(client.readHex(4)).isEqualTo("05020101");
      assertThat(client.closed()).isTrue();
      assertThat(proxy.rejected("auth_failed")).isOne();
    }
  }

  @Test
  void socks4AndItsNamesWorkWhenListed() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(ALL_MODES)) {
      String name = java.util.HexFormat.of().formatHex("origin.test".getBytes("US-ASCII"));
      for (String request :
          new String[] {
            "04 01" + hexPort(origin.port()) + "7f000001 626f6200",
            "04 01" + hexPort(origin.port()) + "00000001 00" + name + "00"
          }) {
        try (RawClient client = proxy.client()) {
          client.sendHex(request).send("ping");
          assertThat(client.readHex(2)).isEqualTo("005a");
          client.readHex(6);
          assertThat(client.read(4)).isEqualTo("ping");
        }
      }
    }
  }

  @Test
  void modesThatAreNotListedAreTurnedAway() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture("{ modes: [socks5] }")) {
      try (RawClient client = proxy.client()) {
        client.sendHex("04 01 0050 7f000001 00");
        assertThat(client.readHex(8)).isEqualTo("005b000000000000");
        assertThat(client.closed()).isTrue();
      }
      try (RawClient client = proxy.client()) {
        client.send(connect(443));
        assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("mode_disabled");
      }
      try (RawClient client = proxy.client()) {
        client.send("GET http://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n");
        assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("mode_disabled");
      }
    }
    try (ProxyFixture proxy = new ProxyFixture("{ modes: [http] }");
        RawClient client = proxy.client()) {
      client.sendHex("05 01 00");
      assertThat(client.readHex(2)).isEqualTo("05ff");
      assertThat(client.closed()).isTrue();
    }
  }

  private static DialException failure(String name) {
    Destination.HostPort to = new Destination.HostPort("origin.test", 443);
    return switch (name) {
      case "dns" -> new DialException.Unresolved(to, "no such name");
      case "refused" -> new DialException.Refused(to, "refused");
      case "timeout" -> new DialException.TimedOut(to, "nothing answered");
      case "network" -> new DialException.Unreachable(to, true, "no route");
      case "host" -> new DialException.Unreachable(to, false, "no route");
      case "denied" -> new DialException.Forbidden(to, "not there", "set it");
      case "exhausted" -> new DialException.Exhausted(to, "no ports");
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @CsvSource({
    "dns, 502, dns_error, 04",
    "refused, 502, connect_refused, 05",
    "timeout, 504, connect_timeout, 04",
    "network, 502, network_unreachable, 03",
    "host, 502, host_unreachable, 04",
    "denied, 403, destination_denied, 02",
    "exhausted, 503, resources_exhausted, 01",
  })
  void failedDialsAreAnsweredInTheClientsProtocol(
      String name, int status, String code, String socks) throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(LOCAL)) {
      proxy.egress = (loop, guard) -> (to, within) -> CompletableFuture.failedStage(failure(name));
      try (RawClient client = proxy.client()) {
        client.send(connect(443));
        assertThat(client.readResponse())
            .startsWith("HTTP/1.1 " + status)
            .containsIgnoringCase("x-fairlead-error: " + code);
      }
      try (RawClient client = proxy.client()) {
        client.sendHex("05 01 00" + socks5(443));
        assertThat(client.readHex(12)).isEqualTo("0500" + "05" + socks + "0001000000000000");
        assertThat(client.closed()).isTrue();
      }
    }
  }

  @Test
  void realDialsFailTheSameWay() throws Exception {
    int nobody;
    try (Origin gone = Origin.echo()) {
      nobody = gone.port();
    }
    try (ProxyFixture proxy = new ProxyFixture(LOCAL)) {
      try (RawClient client = proxy.client()) {
        client.send(connect(nobody));
        assertThat(client.readResponse()).startsWith("HTTP/1.1 502").contains("connect_refused");
        client.send("CONNECT no.such.name.invalid:443 HTTP/1.1\r\nHost: x:443\r\n\r\n");
        assertThat(client.readResponse()).startsWith("HTTP/1.1 502").contains("dns_error");
      }
    }
  }

  @Test
  void aDeniedDestinationNamesTheKeyAndTheFix() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture("{ destinations: { connect_ports: all } }");
        RawClient client = proxy.client()) {
      client.send(connect(origin.port()));
      assertThat(client.readResponse())
          .startsWith("HTTP/1.1 403")
          .contains("destination_denied")
          .contains("forward.main.destinations");
      assertThat(origin.accepted).isEmpty();
      try (RawClient socks = proxy.client()) {
        socks.sendHex("05 01 00" + socks5(origin.port()));
        assertThat(socks.readHex(4)).isEqualTo("05000502");
      }
    }
  }

  @Test
  void connectGoesToItsPortsOnly() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture("{ destinations: { private: allow } }")) {
      try (RawClient client = proxy.client()) {
        client.send(connect(origin.port()));
        assertThat(client.readResponse())
            .startsWith("HTTP/1.1 403")
            .contains("forward.main.destinations");
      }
      try (RawClient socks = proxy.client()) {
        socks.sendHex("05 01 00" + socks5(origin.port()));
        assertThat(socks.readHex(4)).isEqualTo("05000500");
      }
    }
  }

  @Test
  void anAccessRuleRefusesBeforeAnythingIsDialled() throws Exception {
    try (ProxyFixture proxy =
            new ProxyFixture(
                "{ destinations: { private: allow, connect_ports: all },"
                    + " acl: [{ deny: { destination: origin.test } }] }");
        RawClient client = proxy.client()) {
      proxy.egress =
          (loop, guard) -> {
            throw new AssertionError("dialled");
          };
      client.send(connect(443));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("acl_denied");
    }
  }

  @Test
  void passwordsAreAskedForAndChecked() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy =
            new ProxyFixture(
                WITH_AUTH.replace("users_file: users", "users_file: users, realm: Gate"),
                "alice",
                "a:b");
        RawClient client = proxy.client()) {
      client.send(connect(origin.port()));
      assertThat(client.readResponse())
          .startsWith("HTTP/1.1 407")
          .containsIgnoringCase("proxy-authenticate: Basic realm=\"Gate\", charset=\"UTF-8\"");
      client.send(connect(origin.port(), basic("alice:wrong")));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 407").contains("auth_failed");
      client.send(connect(origin.port(), "Proxy-Authorization: Basic %%%"));
      assertThat(client.readResponse()).startsWith("HTTP/1.1 407").contains("auth_failed");
      client.send(connect(origin.port(), basic("alice:a:b")));
      assertThat(client.readHead()).startsWith("HTTP/1.1 200");
      client.send("x");
      assertThat(client.read(1)).isEqualTo("x");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "CONNECT user@origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\n\r\n",
        "CONNECT origin.test HTTP/1.1\r\nHost: origin.test\r\n\r\n",
        "CONNECT origin.test:443 HTTP/1.1\r\nHost: origin.test:443\r\nContent-Length: 0\r\n\r\n",
        "CONNECT origin.test:443 HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: origin.test\r\n\r\n",
        "GET ftp://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n",
        "GET https://origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n",
        "GET http://user:pw@origin.test/ HTTP/1.1\r\nHost: origin.test\r\n\r\n",
      })
  void whatIsNoProxyRequestIs400(String request) throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      client.send(request);
      assertThat(client.readResponse()).startsWith("HTTP/1.1 400 ");
    }
  }

  @Test
  void otherRequestsGoToTheFallbackSite() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture("{ fallback_http: site }");
        RawClient client = proxy.client()) {
      proxy.fallback =
          id -> Optional.of(exchange -> exchange.respond(Answer.text(200, "site " + id)));
      client.send("GET / HTTP/1.1\r\nHost: here\r\n\r\n");
      assertThat(client.readResponse()).startsWith("HTTP/1.1 200").endsWith("site site");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"16030100", "00", "0d0a0d0a000d0a51", "50524f585920", "80", "20"})
  void unknownFirstBytesAreClosedWithoutAWord(String hex) throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      client.sendHex(hex);
      assertThat(client.closed()).isTrue();
      assertThat(proxy.rejected("detect_failed")).isOne();
    }
  }

  @Test
  void silenceIsClosedWithoutAWord() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture("{ timeouts: { detect: 50ms } }");
        RawClient client = proxy.client()) {
      assertThat(client.closed()).isTrue();
      assertThat(proxy.rejected("detect_failed")).isOne();
    }
  }

  @Test
  void aSlowSocksClientIsTurnedAway() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture("{ timeouts: { handshake: 50ms } }");
        RawClient client = proxy.client()) {
      client.sendHex("05 01 00 05 01");
      assertThat(client.readHex(4)).isEqualTo("05000501");
    }
  }

  /** A dialer that waits for the test. */
  private static final class HeldDial {
    final BlockingQueue<CompletableFuture<Channel>> asked = new LinkedBlockingQueue<>();
    final AtomicReference<Channel> opened = new AtomicReference<>();

    void installIn(ProxyFixture proxy) {
      proxy.egress =
          (loop, guard) -> {
            Dialer<Channel> direct = proxy.direct.on(loop, guard);
            return (to, within) -> {
              CompletableFuture<Channel> held = new CompletableFuture<>();
              direct
                  .dial(to, within)
                  .thenAccept(
                      channel -> {
                        opened.set(channel);
                        asked.add(held);
                      });
              return held;
            };
          };
    }

    /** Lets the dial complete, on its event loop. */
    void release() throws InterruptedException {
      CompletableFuture<Channel> held = asked.take();
      Channel channel = opened.get();
      channel.eventLoop().execute(() -> held.complete(channel));
    }
  }

  private static final EntryId ENTRY = new EntryId("members", "alice");

  private static Membership members(Standing standing) {
    return new Membership(
        "members",
        "1",
        Map.of(ENTRY, new Member(ENTRY, standing, Optional.empty(), Optional.of("alice"))),
        Map.of("alice", ENTRY));
  }

  @ParameterizedTest
  @ValueSource(strings = {"REVOKED", "EXPIRED", "DRAINING"})
  void aRightLostWhileTheDialIsUnderWayOpensNothing(Standing after) throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(WITH_AUTH, "alice", "x")) {
      HeldDial dial = new HeldDial();
      dial.installIn(proxy);
      proxy.membership.set(members(Standing.ACTIVE));
      try (RawClient client = proxy.client()) {
        client.send(connect(origin.port(), basic("alice:x")));
        CompletableFuture<Channel> held = dial.asked.take();
        dial.asked.add(held);
        proxy.membership.set(members(after));
        dial.release();
        assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("not_entitled");
        await().until(() -> !dial.opened.get().isActive());
      }
      proxy.membership.set(members(Standing.ACTIVE));
      try (RawClient client = proxy.client()) {
        client.sendHex("05 01 02 01 05 616c696365 01 78" + socks5(origin.port()));
        CompletableFuture<Channel> held = dial.asked.take();
        dial.asked.add(held);
        proxy.membership.set(members(after));
        dial.release();
        assertThat(client.readHex(8)).isEqualTo("0502" + "0100" + "05020001");
        await().until(() -> !dial.opened.get().isActive());
      }
    }
  }

  @Test
  void someoneWithoutTheRightGetsNowhere() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture(WITH_AUTH, "alice", "x")) {
      proxy.membership.set(members(Standing.REVOKED));
      try (RawClient client = proxy.client()) {
        client.send(connect(443, basic("alice:x")));
        assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("not_entitled");
      }
      try (RawClient client = proxy.client()) {
        client.sendHex("05 01 02 01 05 616c696365 01 78");
        assertThat(client.readHex(4)).isEqualTo("05020101");
        assertThat(client.closed()).isTrue();
      }
    }
  }

  @Test
  void aRevocationCutsTheTunnelAndIsTold() throws Exception {
    BlockingQueue<GatewayEvent> events = new LinkedBlockingQueue<>();
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(WITH_AUTH, "alice", "x");
        RawClient client = proxy.client()) {
      proxy.events.subscribe("test", 10, events::add);
      proxy.membership.set(members(Standing.ACTIVE));
      client.send(connect(origin.port(), basic("alice:x")));
      client.readHead();
      client.send("12345");
      client.read(5);
      assertThat(proxy.service.flows()).isOne();
      proxy.membership.set(members(Standing.REVOKED));
      assertThat(
              proxy.connections.revoke(
                  Set.of(ENTRY), new Cause(Cause.Reason.REVOKED, "members", "2", Optional.empty())))
          .isOne();
      assertThat(client.closed()).isTrue();
      var closed = (GatewayEvent.FlowClosed) events.poll(5, TimeUnit.SECONDS);
      assertThat(closed).isNotNull();
      assertThat(closed.service()).isEqualTo("main");
      assertThat(closed.principal()).isEqualTo("alice");
      assertThat(closed.entry()).contains(ENTRY);
      assertThat(closed.destination()).isEqualTo("origin.test:" + origin.port());
      assertThat(closed.reason()).isEqualTo("revoked");
      assertThat(closed.receivedBytes()).isEqualTo(5);
      assertThat(closed.sentBytes()).isEqualTo(5);
      await().until(() -> proxy.service.flows() == 0);
    }
  }

  @Test
  void aChangedPasswordCutsTheTunnelsOfThatAccountOnly() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(WITH_AUTH, "alice", "x", "bob", "y");
        RawClient alice = proxy.client();
        RawClient bob = proxy.client()) {
      alice.send(connect(origin.port(), basic("alice:x")));
      alice.readHead();
      bob.send(connect(origin.port(), basic("bob:y")));
      bob.readHead();
      proxy.reload(WITH_AUTH);
      bob.send("still");
      assertThat(bob.read(5)).isEqualTo("still");
      proxy.passwords.put("alice", "other");
      proxy.reload(WITH_AUTH);
      assertThat(alice.closed()).isTrue();
      bob.send("here");
      assertThat(bob.read(4)).isEqualTo("here");
      proxy.passwords.remove("bob");
      proxy.reload(WITH_AUTH);
      assertThat(bob.closed()).isTrue();
    }
  }

  @Test
  void tighterRulesCutWhatTheyForbidAndNothingElse() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient byName = proxy.client();
        RawClient byAddress = proxy.client()) {
      byName.send(connect(origin.port()));
      byName.readHead();
      byAddress.sendHex("050100" + socks5(origin.port()));
      byAddress.readHex(12);
      proxy.reload(LOCAL.replace("} }", "}, acl: [{ deny: { destination: origin.test } }] }"));
      assertThat(byName.closed()).isTrue();
      byAddress.send("still");
      assertThat(byAddress.read(5)).isEqualTo("still");
      proxy.reload("{ destinations: { private: deny } }");
      assertThat(byAddress.closed()).isTrue();
    }
  }

  @Test
  void rulesThatChangeWhileTheDialIsUnderWayHold() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      HeldDial dial = new HeldDial();
      dial.installIn(proxy);
      client.send(connect(origin.port()));
      dial.asked.add(dial.asked.take());
      proxy.reload("{ destinations: { private: deny, connect_ports: all } }");
      dial.release();
      assertThat(client.readResponse()).startsWith("HTTP/1.1 403").contains("destination_denied");
      await().until(() -> !dial.opened.get().isActive());
    }
  }

  @Test
  void aClientThatLeavesDuringTheDialLeavesNothingBehind() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(LOCAL)) {
      HeldDial dial = new HeldDial();
      dial.installIn(proxy);
      RawClient client = proxy.client();
      client.sendHex("050100" + socks5(origin.port()));
      dial.asked.add(dial.asked.take());
      client.socket.setSoLinger(true, 0);
      client.close();
      await().until(() -> proxy.connections.size() == 0);
      dial.release();
      await().until(() -> !dial.opened.get().isActive());
      assertThat(proxy.service.flows()).isZero();
    }
  }

  @Test
  void anAccountHasAsManyTunnelsAsItMay() throws Exception {
    String limited = WITH_AUTH.replace("} }", "}, limits: { per_user_connections: 1 } }");
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(limited, "alice", "x", "bob", "y");
        RawClient second = proxy.client();
        RawClient other = proxy.client()) {
      RawClient first = proxy.client();
      first.send(connect(origin.port(), basic("alice:x")));
      assertThat(first.readHead()).startsWith("HTTP/1.1 200");
      second.send(connect(origin.port(), basic("alice:x")));
      assertThat(second.readResponse()).startsWith("HTTP/1.1 429").contains("user_connections");
      other.send(connect(origin.port(), basic("bob:y")));
      assertThat(other.readHead()).startsWith("HTTP/1.1 200");
      first.close();
      await().until(() -> proxy.service.flows() == 1);
      second.send(connect(origin.port(), basic("alice:x")));
      assertThat(second.readHead()).startsWith("HTTP/1.1 200");
    }
  }

  @Test
  void earlySocksDataIsBoundedAndComplete() throws Exception {
    try (Origin origin = Origin.echo();
        ProxyFixture proxy = new ProxyFixture(LOCAL);
        RawClient client = proxy.client()) {
      HeldDial dial = new HeldDial();
      dial.installIn(proxy);
      client.sendHex("050100" + socks5(origin.port()));
      dial.asked.add(dial.asked.take());
      String data = "0123456789abcdef".repeat(64 * 1024); // 1 MiB, sixteen times what is held
      Thread sender =
          Thread.startVirtualThread(
              () -> {
                try {
                  client.send(data);
                } catch (java.io.IOException failure) {
                  throw new java.io.UncheckedIOException(failure);
                }
              });
      assertThat(client.readHex(2)).isEqualTo("0500");
      dial.release();
      client.readHex(10);
      assertThat(client.read(data.length())).isEqualTo(data);
      sender.join();
    }
  }
}
