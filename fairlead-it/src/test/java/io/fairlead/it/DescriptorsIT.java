package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.fairlead.net.loop.Descriptors;
import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.Proc;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A process that may open few files, and clients that ask for more sockets than there are. */
@Timeout(240)
class DescriptorsIT {
  private static final Duration SOON = Duration.ofSeconds(90);
  private static final int OPEN_FILES = 400;
  private static final int FOR_TRAFFIC = OPEN_FILES - Descriptors.RESERVED;
  private static final int REFUSED = 20;

  @TempDir Path dir;

  @Test
  void descriptors_for_connections() throws Exception {
    int web = FreePorts.one();
    int datagrams = FreePorts.one();
    try (RecordingServer origin = RecordingServer.http(_ -> RecordingServer.response(200, "here"));
        UdpStreamsIT.Named echo = new UdpStreamsIT.Named("echo")) {
      String site = site(web, origin.port());
      write(site + streams(datagrams, echo.port()));
      try (Proc gateway = start();
          RawClient client = RawClient.connect(web)) {
        assertThat(get(client, "/self").status()).isEqualTo(200);
        List<UdpStreamsIT.Client> clients = exhaust(datagrams);
        await().atMost(SOON).until(() -> metric("fairlead_limit_rejections_total") >= REFUSED);
        assertThat(metric("fairlead_proxy_stream_sessions")).isEqualTo(FOR_TRAFFIC - 1.0);

        // No socket to the server is left, and the client hears it; the operator still gets
        // through.
        Response refused = get(client, "/");
        assertThat(refused.status()).isEqualTo(503);
        assertThat(refused.field("x-fairlead-error")).contains("overload");
        assertThat(refused.field("retry-after")).contains("1");
        assertThat(metric("fairlead_limit_rejections_total")).isGreaterThan(REFUSED);

        write(site);
        assertThat(control("POST /v1/reload").status()).isEqualTo(200);
        await().atMost(SOON).until(() -> metric("fairlead_proxy_stream_sessions") == 0);
        assertThat(get(client, "/").text()).isEqualTo("here");
        assertThat(gateway.alive()).isTrue();
        for (UdpStreamsIT.Client each : clients) each.close();
      }
    }
  }

  /** As many clients of datagrams as there are sockets left, and some more; they stay. */
  private static List<UdpStreamsIT.Client> exhaust(int port) throws IOException {
    List<UdpStreamsIT.Client> clients = new ArrayList<>();
    for (int i = 0; i < FOR_TRAFFIC - 1 + REFUSED; i++) {
      clients.add(new UdpStreamsIT.Client("127.0.0.1", port).send("x"));
    }
    return clients;
  }

  private Proc start() throws Exception {
    Launched fairlead = Launched.built(Files.createDirectories(dir.resolve("cache")));
    Proc gateway = fairlead.startWithFiles(OPEN_FILES, dir, "run", "-c", "fairlead.yaml");
    gateway.awaitLine("try: fairlead status", SOON);
    return gateway;
  }

  private static Response get(RawClient client, String path) throws IOException {
    return client.send("GET " + path + " HTTP/1.1\r\nHost: a\r\n\r\n").readResponse();
  }

  private Response control(String line) throws IOException {
    try (RawClient client = RawClient.connect(dir.resolve("run/control.sock"))) {
      return client.send(line + " HTTP/1.1\r\nHost: localhost\r\n\r\n").readResponse();
    }
  }

  private double metric(String name) throws IOException {
    String label = name.contains("rejections") ? "{limit=\"descriptors\"}" : "";
    return OverloadIT.metric(control("GET /metrics").text(), name + label);
  }

  private void write(String yaml) throws IOException {
    GatewayFixture.replace(dir.resolve("fairlead.yaml"), yaml);
  }

  private static String site(int web, int origin) {
    return """
        version: 1
        runtime: { state_dir: state, drain: { stop: 1s, announce: 0s } }
        control: { listen: "127.0.0.1:0", socket: run/control.sock }
        http:
          site:
            default: true
            routes:
              - { id: self, match: { path: /self }, respond: { status: 200, body: fine } }
              - { id: rest, match: { path: /* }, upstream: origin }
        upstreams: { origin: { endpoints: [ { url: "http://127.0.0.1:%d" } ] } }
        listeners:
          web: { bind: "127.0.0.1:%d", proto: http, service: site }
        """
        .formatted(origin, web);
  }

  private static String streams(int port, int server) {
    return "  dgram: { bind: \"127.0.0.1:%d\", proto: udp, service: packets }\n".formatted(port)
        + "streams: { packets: { destination: \"127.0.0.1:%d\", limits: { sessions: off } } }\n"
            .formatted(server);
  }
}
