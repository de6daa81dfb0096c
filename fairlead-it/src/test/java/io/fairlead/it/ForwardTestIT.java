package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.testkit.StrictHttpParser;
import java.io.IOException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What {@code POST /v1/forward/test} tells, and that it is what the proxy does. */
class ForwardTestIT {
  private static final String CONFIG =
      """
      listeners:
        mixed: { bind: "127.0.0.1:0", proto: mixed, service: egress }
      forward:
        egress:
          destinations: { connect_ports: [443, 8443] }
          acl:
            - { allow: { user: alice, destination: "*.example.org" } }
            - { deny: { destination: "*.example.org" } }
            - { deny: { client: 127.0.0.0/8, destination: 203.0.113.0/24 } }
            - { deny: { port: 8443, time: { days: [mon], from: "00:00", to: "00:00" } } }
            - { deny: { port: 8443, time: { days: [tue, wed, thu, fri, sat, sun] } } }
          egress:
            proxies: { corp: { type: http, address: "127.0.0.1:9" } }
            rules: [ { via: [corp, direct], destination: "*.corp.example" } ]
      """;

  private static GatewayFixture gateway;

  @BeforeAll
  static void start() throws Exception {
    gateway = GatewayFixture.start(CONFIG);
  }

  @AfterAll
  static void stop() {
    if (gateway != null) gateway.close();
  }

  private static StrictHttpParser.Response ask(String body) throws IOException {
    return gateway.api().send("POST", "/v1/forward/test", body.replace('\'', '"'));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "'destination':'a.example.org:443','user':'alice' | 'allowed':true | 'via':['direct']",
        "'destination':'a.example.org:443' | 'allowed':false | by rule 2 of the access list",
        "'destination':'a.example.net:443' | 'undecided':true |"
            + " 'rules':['no','no','depends_on_address'",
        "'destination':'a.example.net:443','client_ip':'192.0.2.1' | 'allowed':true |"
            + " 'undecided':false",
        "'destination':'a.example.net:443','address':'203.0.113.9' | 'allowed':false | by rule 3",
        "'destination':'a.example.net:443','address':'10.0.0.1' | 'allowed':false | a private"
            + " address",
        "'destination':'a.example.net:80' | 'allowed':false | connect_ports",
        "'destination':'a.corp.example:443','client_ip':'192.0.2.1' | 'allowed':true |"
            + " ['corp','direct']",
        // One of the two windows is open whatever day it is.
        "'destination':'a.corp.example:8443','client_ip':'192.0.2.1' | 'allowed':false | of the"
            + " access list",
      })
  void itTellsTheRuleAndTheWay(String asked, String told, String more) throws Exception {
    var answer = ask("{'service':'egress'," + asked + "}");
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.text().replace('"', '\'')).contains(told).contains(more);
  }

  @Test
  void whatTheProxyDoesIsWhatItTells() throws Exception {
    try (var client = gateway.client("mixed")) {
      var refused =
          client
              .send("CONNECT a.example.org:443 HTTP/1.1\r\nHost: a.example.org:443\r\n\r\n")
              .readResponse();
      assertThat(refused.status()).isEqualTo(403);
      assertThat(refused.text()).contains("by rule 2 of the access list");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "{'service':'egress'} | 400",
        "{'service':'egress','destination':'no port'} | 400",
        "{'service':'egress','destination':'a:1','client_ip':'x'} | 400",
        "{'service':'egress','destination':'a:1','what':'x'} | 400",
        "{'service':'other','destination':'a:1'} | 404",
      })
  void mistakesAreRefused(String body, int status) throws Exception {
    assertThat(ask(body).status()).isEqualTo(status);
  }
}
