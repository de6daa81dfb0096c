package io.fairlead.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.net.auth.BasicCredentials;
import io.fairlead.proxy.forward.Refusal.Kind;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConnectHandshakeTest {
  private final List<String> out = new ArrayList<>();

  private void tell(ConnectHandshake machine, ConnectInput input) {
    machine.accept(
        input,
        0,
        effect ->
            out.add(
                switch (effect) {
                  case ConnectEffect.Authenticate(BasicCredentials c) ->
                      "auth " + c.user() + "/" + c.password().reveal();
                  case ConnectEffect.OpenFlow(var to) -> "open " + to;
                  case ConnectEffect.Join _ -> "join";
                  case ConnectEffect.Refuse(Refusal refusal) ->
                      refusal.kind().httpStatus() + " " + refusal.kind().code();
                  case ConnectEffect.Tarpit _ -> "tarpit";
                  case ConnectEffect.Abandon _ -> "abandon";
                }));
  }

  private static ConnectInput asks(String target) {
    return new ConnectInput.Requested(target, false, Optional.empty());
  }

  private static ConnectInput asks(String target, String authorization) {
    return new ConnectInput.Requested(target, false, Optional.of(authorization));
  }

  private static String basic(String userAndPassword) {
    return "Basic "
        + Base64.getEncoder().encodeToString(userAndPassword.getBytes(StandardCharsets.UTF_8));
  }

  @ParameterizedTest
  @CsvSource({
    "example.com:443, open example.com:443",
    "Example.COM:443, open example.com:443",
    "192.0.2.1:8443, open 192.0.2.1:8443",
    "[2001:DB8::1]:443, open [2001:db8::1]:443",
    "example.com, 400 bad_request",
    "example.com:, 400 bad_request",
    "example.com:0, 400 bad_request",
    "example.com:065, 400 bad_request",
    "example.com:65536, 400 bad_request",
    "example.com:+443, 400 bad_request",
    "example.com:443:443, 400 bad_request",
    "2001:db8::1:443, 400 bad_request",
    "[2001:db8::1], 400 bad_request",
    "[fe80::1%25eth0]:443, 400 bad_request",
    "[192.0.2.1]:443, 400 bad_request",
    ":443, 400 bad_request",
    "user@example.com:443, 400 bad_request",
    "user:pass@example.com:443, 400 bad_request",
    "http://example.com:443, 400 bad_request",
    "example.com:443/path, 400 bad_request",
    "exa%6dple.com:443, 400 bad_request",
  })
  void targetsAreHostAndPort(String target, String result) {
    tell(new ConnectHandshake(true, false), asks(target));
    assertThat(out).containsExactly(result);
  }

  @Test
  void aBodyIsRefused() {
    tell(
        new ConnectHandshake(true, false),
        new ConnectInput.Requested("example.com:443", true, Optional.empty()));
    assertThat(out).containsExactly("400 bad_request");
  }

  @Test
  void aDisabledModeIsRefused() {
    tell(new ConnectHandshake(false, false), asks("example.com:443"));
    assertThat(out).containsExactly("403 mode_disabled");
  }

  @Test
  void withoutCredentialsNothingIsOpened() {
    tell(new ConnectHandshake(true, true), asks("example.com:443"));
    assertThat(out).containsExactly("407 auth_required");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Basic !!!",
        "Basic",
        "Basic ",
        "Negotiate abc",
        "Basic bm9jb2xvbg==",
        "Digest x=y"
      })
  void whatCannotBeReadAsCredentialsIsAFailedAuthentication(String authorization) {
    tell(new ConnectHandshake(true, true), asks("example.com:443", authorization));
    assertThat(out).containsExactly("407 auth_failed");
  }

  @Test
  void aTokenAloneIsAPasswordWithoutAUser() {
    tell(new ConnectHandshake(true, true), asks("example.com:443", "Bearer abc.def.ghi"));
    assertThat(out).containsExactly("auth /abc.def.ghi");
  }

  @Test
  void aPasswordMayHoldColons() {
    tell(new ConnectHandshake(true, true), asks("h:1", basic("alice:a:b:c")));
    assertThat(out).containsExactly("auth alice/a:b:c");
  }

  @Test
  void theSchemeIgnoresCase() {
    tell(new ConnectHandshake(true, true), asks("h:1", basic("alice:x").replace("Basic", "bAsIC")));
    assertThat(out).containsExactly("auth alice/x");
  }

  @Test
  void opensAfterAuthenticationAndJoinsWhenOpened() {
    var machine = new ConnectHandshake(true, true);
    tell(machine, asks("h:443", basic("alice:x")));
    tell(machine, new ConnectInput.Authenticated("alice"));
    tell(machine, new ConnectInput.Opened());
    assertThat(out).containsExactly("auth alice/x", "open h:443", "join");
  }

  @ParameterizedTest
  @CsvSource({
    "AUTH_FAILED, 407 auth_failed",
    "NOT_ENTITLED, 403 not_entitled",
    "THROTTLED, tarpit"
  })
  void refusedLoginsAreAnswered(Kind kind, String result) {
    var machine = new ConnectHandshake(true, true);
    tell(machine, asks("h:443", basic("alice:x")));
    tell(machine, new ConnectInput.AuthRefused(Refusal.of(kind, "no")));
    assertThat(out).endsWith(result);
  }

  @ParameterizedTest
  @CsvSource({
    "DNS_ERROR, 502 dns_error",
    "CONNECT_REFUSED, 502 connect_refused",
    "NETWORK_UNREACHABLE, 502 network_unreachable",
    "HOST_UNREACHABLE, 502 host_unreachable",
    "CONNECT_TIMEOUT, 504 connect_timeout",
    "DESTINATION_DENIED, 403 destination_denied",
    "ACL_DENIED, 403 acl_denied",
    "NOT_ENTITLED, 403 not_entitled",
    "USER_CONNECTIONS, 429 user_connections",
    "RESOURCES_EXHAUSTED, 503 resources_exhausted",
  })
  void refusedOpeningsAreAnswered(Kind kind, String result) {
    var machine = new ConnectHandshake(true, false);
    tell(machine, asks("h:443"));
    tell(machine, new ConnectInput.OpenRefused(Refusal.of(kind, "no")));
    assertThat(out).containsExactly("open h:443", result);
  }

  @Test
  void answersThatComeAfterTheClientLeftChangeNothing() {
    var machine = new ConnectHandshake(true, false);
    tell(machine, asks("h:443"));
    tell(machine, new ConnectInput.PeerGone());
    tell(machine, new ConnectInput.Opened());
    tell(machine, new ConnectInput.OpenRefused(Refusal.of(Kind.DNS_ERROR, "no")));
    tell(machine, new ConnectInput.Authenticated("alice"));
    tell(machine, new ConnectInput.AuthRefused(Refusal.of(Kind.AUTH_FAILED, "no")));
    tell(machine, new ConnectInput.PeerGone());
    assertThat(out).containsExactly("open h:443", "abandon");
  }
}
