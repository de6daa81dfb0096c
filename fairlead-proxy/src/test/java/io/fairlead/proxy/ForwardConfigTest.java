package io.fairlead.proxy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Problem;
import io.fairlead.core.unit.Limit;
import io.fairlead.proxy.ForwardConfig.Mode;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ForwardConfigTest {
  @Test
  void nothingWrittenMeansTheDefaults() throws Exception {
    assertThat(ProxyFixture.read("{}")).isEqualTo(ForwardConfig.defaults("main"));
    assertThat(ForwardConfig.defaults("main").modes())
        .containsExactlyInAnyOrder(Mode.HTTP, Mode.CONNECT, Mode.SOCKS5);
  }

  @Test
  void everyKeyIsRead() throws Exception {
    ForwardConfig config =
        ProxyFixture.read(
            """
            {
              modes: [socks4, http],
              auth: { users: { alice: !secret "$7$101$a$b" }, realm: "My Gate" },
              destinations: { private: allow, connect_ports: [443, 8000-8010],
                              allow: ["*.example.org:8443"], deny: ["10.0.0.0/8"] },
              acl: [ { allow: { user: alice, client: 192.0.2.0/24, destination: "*.example",
                                port: 20-25 } }, { deny: {} } ],
              acl_default: deny,
              limits: { per_user_connections: 64 },
              timeouts: { detect: 1s, handshake: 2s, connect: 3s, half_close: 4s, stream_idle: 5s,
                          response_head: 6s, response_idle: 7s },
              via: edge-1, anonymous: false, hide_egress: true, socks4_userid_auth: true,
              i_understand_this_is_open: true, fallback_http: site
            }""");
    assertThat(config.modes()).containsExactlyInAnyOrder(Mode.SOCKS4, Mode.HTTP);
    assertThat(config.auth().orElseThrow().users()).containsOnlyKeys("alice");
    assertThat(config.auth().orElseThrow().realm()).isEqualTo("My Gate");
    assertThat(config.destinations().denyPrivate()).isFalse();
    assertThat(config.destinations().connectPorts().orElseThrow()).hasToString("[443, 8000-8010]");
    assertThat(config.destinations().allow()).hasToString("[*.example.org:8443]");
    assertThat(config.destinations().deny()).hasToString("[10.0.0.0/8]");
    assertThat(config.access().rules()).hasSize(2);
    assertThat(config.access().closedToStrangers()).isTrue();
    assertThat(config.limits().perUserConnections()).isEqualTo(Limit.atMost(64));
    assertThat(config.timeouts().responseIdle()).isEqualTo(Duration.ofSeconds(7));
    assertThat(config.via()).contains("edge-1");
    assertThat(config.hideEgress()).isTrue();
    assertThat(config.socks4UseridAuth()).isTrue();
    assertThat(config.open()).isTrue();
    assertThat(config.fallbackHttp()).contains("site");
  }

  @Test
  void allPortsIsAWord() throws Exception {
    assertThat(
            ProxyFixture.read("{ destinations: { connect_ports: all } }")
                .destinations()
                .connectPorts())
        .isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{ modes: [] }",
        "{ modes: [socks6] }",
        "{ auth: {} }",
        "{ auth: { users_file: a, users: { a: b } } }",
        "{ auth: { users_file: a, realm: 'a\"b' } }",
        "{ destinations: { allow: ['a b'] } }",
        "{ destinations: { connect_ports: [0] } }",
        "{ acl: [{}] }",
        "{ acl: [{ allow: {}, deny: {} }] }",
        "{ acl: [{ allow: { client: 10.0.0.1/8 } }] }",
        "{ limits: { per_user_connections: 0 } }",
        "{ timeouts: { connect: 0s } }",
        "{ via: 'a b' }",
        "{ fallback_http: nowhere }",
        "{ bandwidth: 1MiB/s }",
      })
  void badValuesAreRefused(String yaml) {
    assertThatThrownBy(() -> ProxyFixture.read(yaml)).isInstanceOf(ConfigException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        ":1080 | {} | false",
        "127.0.0.1:1080 | {} | false",
        "[::1]:1080 | {} | false",
        "unix:/run/proxy.sock | {} | false",
        "0.0.0.0:1080 | {} | true",
        "[::]:1080 | {} | true",
        "192.0.2.1:1080 | {} | true",
        "0.0.0.0:1080 | { auth: { users_file: users } } | false",
        "0.0.0.0:1080 | { i_understand_this_is_open: true } | false",
        "0.0.0.0:1080 | { acl: [{ allow: { client: 10.0.0.0/8 } }], acl_default: deny } | false",
        "0.0.0.0:1080 | { acl: [{ allow: { client: 10.0.0.0/8 } }, { deny: {} }] } | false",
        "0.0.0.0:1080 | { acl: [{ allow: { client: 10.0.0.0/8 } }] } | true",
        "0.0.0.0:1080 | { acl: [{ allow: { client: 0.0.0.0/0 } }], acl_default: deny } | true",
        "0.0.0.0:1080 | { acl: [{ deny: { destination: a.example } }] } | true",
      })
  void anOpenProxyIsFound(String bind, String yaml, boolean open) throws Exception {
    var problem =
        ProxyService.openProxyProblem(
            "edge",
            ListenAddress.parse(bind).orElseThrow(),
            ProxyFixture.read(yaml),
            new Problem.Place("f.yaml", 3, 1, 4));
    assertThat(problem.isPresent()).isEqualTo(open);
    problem.ifPresent(
        p -> {
          assertThat(p.code()).isEqualTo("F2101");
          assertThat(p.severity()).isEqualTo(Problem.Severity.ERROR);
          assertThat(p.place().line()).isEqualTo(3);
          assertThat(p.message()).contains("edge");
          assertThat(p.hint()).contains("forward.main.auth");
        });
  }

  @Test
  void aFaceStaysTheSameAndADiscardedOneGoes() throws Exception {
    try (ProxyFixture proxy = new ProxyFixture("{}")) {
      var face = proxy.service.face("main");
      proxy.reload("{ modes: [http] }");
      assertThat(proxy.service.face("main")).isSameAs(face);
      proxy.service.prepare(ProxyConfig.NONE).commit();
      assertThat(proxy.service.face("main")).isSameAs(face);

      var prepared =
          proxy.service.prepare(ProxyConfig.of(List.of(ForwardConfig.defaults("second"))));
      assertThat(proxy.service.face("second")).isNotNull();
      prepared.discard();
      assertThatThrownBy(() -> proxy.service.face("second"))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> proxy.service.face("third"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }
}
