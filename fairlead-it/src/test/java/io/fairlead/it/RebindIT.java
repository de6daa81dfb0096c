package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.FreePorts;
import io.fairlead.testkit.RawClient;
import io.fairlead.testkit.RecordingServer;
import io.fairlead.testkit.StrictHttpParser.Response;
import java.io.IOException;
import java.net.InetSocketAddress;
import org.junit.jupiter.api.Test;

/** Addresses that exclude each other, and names in place of addresses. */
class RebindIT {
  @Test
  void anAddressWithinTheOneBoundTakesOverWhenThatIsAllowed() throws Exception {
    int port = freePort();
    try (var gateway = GatewayFixture.start(echo("0.0.0.0:" + port))) {
      try (RawClient live = RawClient.connect(port)) {
        live.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse();
        Response refused = reload(gateway, echo("127.0.0.1:" + port), "");
        assertThat(refused.status()).isEqualTo(422);
        assertThat(refused.text()).contains("F2107").contains("allow-disruptive");
        Response dry = gateway.api().post("/v1/reload?dry_run=1");
        assertThat(dry.status()).as(dry.text()).isEqualTo(200);
        assertThat(dry.text().replaceAll("\\s", ""))
            .contains("\"disruptive\":true")
            .contains("\"op\":\"rebind\"");
        assertThat(answers(port)).isTrue();
        Response adapt = gateway.api().get("/v1/adapt");
        assertThat(adapt.text().replaceAll("\\s", ""))
            .contains("\"disruptive\":true")
            .containsPattern("\"connections\":[12],");
        Response done = gateway.api().post("/v1/reload?allow_disruptive=1");
        assertThat(done.status()).as(done.text()).isEqualTo(200);
        assertThat(answers(port)).isTrue();
        assertThat(gateway.gateway().listeners().bound().getFirst().addresses())
            .containsExactly(new InetSocketAddress("127.0.0.1", port));
        assertThat(live.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().status())
            .as("who is connected is served to the end")
            .isEqualTo(200);
      }
      Response back = reload(gateway, echo("0.0.0.0:" + port), "?allow_disruptive=1");
      assertThat(back.status()).as(back.text()).isEqualTo(200);
      assertThat(answers(port)).isTrue();
    }
  }

  @Test
  void whenTheNewAddressCannotBeHadTheOldOneIsBoundAgain() throws Exception {
    int port = freePort();
    try (var gateway = GatewayFixture.start(echo("0.0.0.0:" + port))) {
      // 192.0.2.1 is nobody's (RFC 5737), so binding it fails after the old address was closed.
      Response failed = reload(gateway, echo("192.0.2.1:" + port), "?allow_disruptive=1");
      assertThat(failed.status()).as(failed.text()).isEqualTo(500);
      assertThat(failed.text()).contains("F2202").contains("\"rolled_back\":true");
      assertThat(answers(port)).isTrue();
      try (RecordingServer taken = RecordingServer.start(RecordingServer.Conversation::readAll)) {
        String two =
            "listeners:\n  other: { bind: \"127.0.0.1:"
                + taken.port()
                + "\", proto: echo }\n"
                + echo("127.0.0.1:" + port).replace("listeners:\n", "");
        assertThat(reload(gateway, two, "?allow_disruptive=1").status()).isEqualTo(500);
      }
      assertThat(answers(port)).isTrue();
      assertThat(gateway.gateway().listeners().bound().getFirst().addresses())
          .allMatch(bound -> ((InetSocketAddress) bound).getAddress().isAnyLocalAddress());
    }
  }

  @Test
  void aNameOfAnInterfaceOrHostIsTheAddressItStandsFor() throws Exception {
    int port = freePort();
    try (var gateway = GatewayFixture.start(echo("lo:" + port))) {
      assertThat(gateway.gateway().listeners().bound().getFirst().addresses())
          .containsExactly(new InetSocketAddress("127.0.0.1", port));
      var inodes = ListeningSockets.inodes(port);
      assertThat(reload(gateway, echo("127.0.0.1:" + port), "").status()).isEqualTo(200);
      assertThat(ListeningSockets.inodes(port)).as("one identity, one socket").isEqualTo(inodes);
      Response unknown = reload(gateway, echo("nobody.invalid:" + port), "");
      assertThat(unknown.status()).isEqualTo(500);
      assertThat(unknown.text()).contains("F2202");
      assertThat(answers(port)).isTrue();
    }
  }

  private static boolean answers(int port) throws IOException {
    try (RawClient client = RawClient.connect(port)) {
      return client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").readResponse().status() == 200;
    }
  }

  private static Response reload(GatewayFixture gateway, String yaml, String query)
      throws IOException {
    gateway.replaceConfig(yaml);
    return gateway.api().post("/v1/reload" + query);
  }

  private static String echo(String bind) {
    return "listeners:\n  echo: { bind: \"%s\", proto: echo }\n".formatted(bind);
  }

  /** The overlap of two addresses needs a port both can name; this one was free a moment ago. */
  private static int freePort() {
    return FreePorts.one();
  }
}
