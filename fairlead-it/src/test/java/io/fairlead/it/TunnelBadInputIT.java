package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.tunnel.codec.ControlCodec;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.codec.Offer;
import io.fairlead.tunnel.codec.ServiceKind;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What agents, users and services do wrong costs them their own connection: an agent that behaves
 * keeps its carrier and its users all the while.
 */
@Timeout(180)
class TunnelBadInputIT {
  private static final Duration SOON = Duration.ofSeconds(40);

  private static EchoService echo;
  private static TunnelLab lab;
  private static int good;
  private static Socket talking;

  @BeforeAll
  static void start() throws Exception {
    echo = EchoService.start();
    lab =
        TunnelLab.startWith(
            "limits: { login: 3s, carriers_per_ip: off }\n    agents: []",
            "tcp_ports: " + TunnelLab.freePorts(12),
            "limits: { connections_per_ip: off, new_connections_per_ip: off }\n");
    lab.agent("good", tcp("svc", echo.port()));
    good = lab.port("good", "svc");
    talking = TunnelLab.connect(good);
  }

  @AfterAll
  static void stop() throws Exception {
    if (talking != null) talking.close();
    if (lab != null) lab.close();
    if (echo != null) echo.close();
  }

  /** One stream lives through all of it: its carrier was never cut. */
  @AfterEach
  void theGoodAgentWasNotDisturbed() throws Exception {
    talking.setSoTimeout(30_000);
    talking.getOutputStream().write("still".getBytes(StandardCharsets.UTF_8));
    assertThat(talking.getInputStream().readNBytes(5)).asString().isEqualTo("still");
    assertThat(TunnelLab.echo(good, "and anew")).isEqualTo("and anew");
  }

  private static String tcp(String name, int port) {
    return "name: " + name + ", type: tcp, destination: \"127.0.0.1:" + port + "\"";
  }

  private static RawAgent raw(String name) throws Exception {
    return RawAgent.connect(lab.carrierPort(), lab.token(name, ""));
  }

  private static Offer offer(String name) {
    return new Offer(
        name,
        ServiceKind.TCP,
        List.of(),
        0,
        Optional.empty(),
        Optional.empty(),
        Optional.empty(),
        Offer.Requests.PLAIN,
        OptionalLong.empty());
  }

  private static RawAgent admitted(String name) throws Exception {
    RawAgent agent = raw(name);
    agent.prove(name, "run", true);
    assertThat(agent.heard()).isInstanceOf(ControlMessage.Ack.class);
    return agent;
  }

  @Test
  void garbageBeforeTlsEndsItsConnection() throws Exception {
    for (String garbage : List.of("GET / HTTP/1.1\r\n\r\n", "\u0016\u0003\u0001\u00ff\u00ff")) {
      try (Socket socket = TunnelLab.connect(lab.carrierPort())) {
        socket.setSoTimeout(40_000);
        socket.getOutputStream().write(garbage.getBytes(StandardCharsets.ISO_8859_1));
        assertThat(ended(socket)).isTrue();
      }
    }
  }

  @Test
  void garbageBehindTlsEndsItsCarrier() throws Exception {
    try (RawAgent agent = admitted("garbled")) {
      agent.nonsense("\u00ff".repeat(64) + "PRI * HTTP/2.0\r\n\r\n");
      await().atMost(SOON).until(agent::over);
    }
  }

  @Test
  void aControlLineWithoutEndEndsItsCarrierBeforeLoginAndBehindIt() throws Exception {
    try (RawAgent stranger = raw("endless");
        RawAgent agent = admitted("endless2")) {
      stranger.say("x".repeat(ControlCodec.LINE_MAX + 1));
      agent.say("{\"t\":\"stats\",\"x\":\"" + "y".repeat(ControlCodec.LINE_MAX));
      await().atMost(SOON).until(stranger::over);
      await().atMost(SOON).until(agent::over);
    }
  }

  @Test
  void aLineThatIsNoMessageEndsItsCarrier() throws Exception {
    for (String line :
        List.of("{\"t\":\"surprise\"}\n", "\n", "[]\n", "{\"t\":\"ack\",\"ref\":0}\n")) {
      try (RawAgent agent = admitted("babbler")) {
        agent.say(line);
        await().atMost(SOON).until(agent::over);
      }
      lab.server().api().send("DELETE", "/v1/tunnels/babbler", "");
    }
  }

  @Test
  void aWrongProofIsAnErrorAndTheEndFiveSecondsLater() throws Exception {
    try (RawAgent agent = raw("liar")) {
      long begun = System.nanoTime();
      agent.prove("liar", "run", false);
      assertThat(agent.heard())
          .isInstanceOfSatisfying(
              ControlMessage.Refusal.class,
              refusal -> assertThat(refusal.code()).isEqualTo("auth"));
      await().atMost(SOON).until(agent::over);
      assertThat(System.nanoTime() - begun).isGreaterThan(4_500_000_000L);
    }
    assertThat(lab.server().api().get("/metrics").text())
        .containsPattern("fairlead_tunnel_refused_total\\{.*\\} [1-9]");
  }

  @Test
  void anotherAgentsTokenIsNoProofForThisName() throws Exception {
    String mine = lab.token("mine", "");
    try (RawAgent agent = RawAgent.connect(lab.carrierPort(), mine)) {
      agent.prove("good", "run", true);
      assertThat(agent.heard())
          .isInstanceOfSatisfying(
              ControlMessage.Refusal.class,
              refusal -> assertThat(refusal.code()).isEqualTo("auth"));
    }
  }

  @Test
  void anotherRunOfAnAgentThatIsThereIsAConflict() throws Exception {
    String token = lab.token("twin", "");
    try (RawAgent first = RawAgent.connect(lab.carrierPort(), token);
        RawAgent second = RawAgent.connect(lab.carrierPort(), token)) {
      first.prove("twin", "one", true);
      assertThat(first.heard()).isInstanceOf(ControlMessage.Ack.class);
      second.prove("twin", "two", true);
      assertThat(second.heard())
          .isInstanceOfSatisfying(
              ControlMessage.Refusal.class,
              refusal -> assertThat(refusal.code()).isEqualTo("conflict"));
      await().atMost(SOON).until(second::over);
      first.say(new ControlMessage.Register(1, List.of(offer("svc"))));
      assertThat(first.heard()).isInstanceOf(ControlMessage.Ack.class);
    }
  }

  @Test
  void aServiceThatTheAgentDoesNotKnowResetsItsUserAndNobodyElse() throws Exception {
    String token = lab.token("forgetful", "");
    try (RawAgent agent = RawAgent.connect(lab.carrierPort(), token)) {
      agent.prove("forgetful", "run", true);
      agent.heard();
      agent.say(new ControlMessage.Register(1, List.of(offer("svc"))));
      agent.heard();
      try (Socket user = TunnelLab.connect(lab.port("forgetful", "svc"))) {
        user.setSoTimeout(30_000);
        assertThat(ended(user)).isTrue();
      }
      lab.awaitReport("\"failed\":1");
      assertThat(agent.over()).isFalse();
    }
  }

  @Test
  void aCarrierThatIsOnlyHalfThereMakesRoomForItsAgentsNextRun() throws Exception {
    String token = lab.token("frozen", "");
    try (RawAgent frozen = RawAgent.connect(lab.carrierPort(), token)) {
      frozen.prove("frozen", "one", true);
      frozen.heard();
      frozen.fallSilent();
      lab.agentWith("token: !secret \"" + token + "\"", tcp("svc", echo.port()));
      // It is refused at first, which asks the frozen one whether it lives.
      await()
          .atMost(SOON)
          .untilAsserted(() -> assertThat(lab.report()).contains("\"name\":\"frozen\""));
      int[] port = new int[1];
      await()
          .atMost(SOON)
          .ignoreExceptions()
          .untilAsserted(
              () -> {
                port[0] = lab.port("frozen", "svc");
                assertThat(TunnelLab.echo(port[0], "back")).isEqualTo("back");
              });
    }
  }

  @Test
  void aServiceThatReadsNothingHoldsABoundedNumberOfBytesOfEachUser() throws Exception {
    try (ServerSocket deaf = new ServerSocket(0, 64, InetAddress.getLoopbackAddress())) {
      List<Socket> accepted = new ArrayList<>();
      Thread.ofVirtual().start(() -> accept(deaf, accepted));
      lab.agent("deaf", tcp("svc", deaf.getLocalPort()));
      int port = lab.port("deaf", "svc");
      AtomicBoolean over = new AtomicBoolean();
      List<AtomicLong> written = new ArrayList<>();
      List<Socket> users = new ArrayList<>();
      try {
        for (int i = 0; i < 4; i++) {
          Socket user = TunnelLab.connect(port);
          AtomicLong count = new AtomicLong();
          users.add(user);
          written.add(count);
          Thread.ofVirtual().start(() -> fill(user, count, over));
        }
        // Until nothing more is taken of anybody.
        long[] before = {-1};
        await()
            .atMost(SOON)
            .pollInterval(Duration.ofSeconds(1))
            .until(
                () -> {
                  long now = written.stream().mapToLong(AtomicLong::get).sum();
                  boolean still = now > 0 && now == before[0];
                  before[0] = now;
                  return still;
                });
        for (AtomicLong count : written) assertThat(count.get()).isLessThan(24L * 1024 * 1024);
        theGoodAgentWasNotDisturbed();
      } finally {
        over.set(true);
        for (Socket user : users) user.close();
        synchronized (accepted) {
          for (Socket each : accepted) each.close();
        }
      }
    }
  }

  private static void accept(ServerSocket deaf, List<Socket> accepted) {
    try {
      while (true) {
        Socket next = deaf.accept();
        synchronized (accepted) {
          accepted.add(next);
        }
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private static void fill(Socket user, AtomicLong count, AtomicBoolean over) {
    byte[] bytes = new byte[16 * 1024];
    try {
      OutputStream out = user.getOutputStream();
      while (!over.get()) {
        out.write(bytes);
        count.addAndGet(bytes.length);
      }
    } catch (IOException closed) {
      // the test is over
    }
  }

  private static boolean ended(Socket socket) {
    try {
      InputStream in = socket.getInputStream();
      while (in.read() >= 0) {
        // whatever it says first
      }
      return true;
    } catch (java.net.SocketTimeoutException late) {
      return false;
    } catch (IOException reset) {
      return true;
    }
  }
}
