package io.fairlead.control.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.core.unit.Secret;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who may knock, each condition broken in turn. */
class AccessPolicyTest {
  private static final int OWN = 1000;
  private static final int PORT = 8837;
  private static final String CI = "q83vEjRWeJCrze8SNFZ4kKvN";

  @TempDir Path state;
  private ControlToken token;
  private String secret;
  private final ManualClock clock = new ManualClock();
  private final Sessions sessions = new Sessions(clock, Randomness.seeded(2));
  private AccessPolicy policy;

  @BeforeEach
  void makeToken() throws Exception {
    token = ControlToken.loadOrCreate(state, Randomness.seeded(1));
    secret = Files.readString(token.file()).strip();
    policy =
        new AccessPolicy(
            OptionalInt.of(OWN),
            token,
            new AccessRules(
                Set.of(42),
                true,
                List.of(new NamedToken("ci", Role.OPERATOR, Secret.of(CI))),
                Map.of("ann", Role.VIEWER),
                Set.of("gw.example"),
                Set.of("https://panel.example"),
                "/"),
            sessions);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/now", "/adapt", "/reload", "/stop"})
  void shortPathAsksWhoThePeerIsAndTakesItsOwnUserAndRoot(String path) {
    assertThat(policy.decide(tcp("GET", path).knock())).isEqualTo(new Decision.AskPeer());
    assertThat(policy.decide(new PeerOwner.Uid(OWN)))
        .isEqualTo(new Decision.Allowed("uid 1000", Role.ADMIN, true));
    assertThat(policy.decide(new PeerOwner.Uid(0)))
        .isEqualTo(new Decision.Allowed("uid 0", Role.ADMIN, true));
  }

  @Test
  void shortPathRefusesOtherUsersAlsoThoseOfTheSocketAndTheUnknown() {
    for (PeerOwner owner :
        List.of(new PeerOwner.Uid(42), new PeerOwner.Uid(1001), new PeerOwner.Unknown("gone"))) {
      assertRefused(policy.decide(owner), 403, "short_path_refused");
    }
    AccessPolicy nobody =
        new AccessPolicy(OptionalInt.empty(), token, AccessRules.DEFAULTS, sessions);
    assertRefused(nobody.decide(new PeerOwner.Uid(OWN)), 403, "short_path_refused");
  }

  @ParameterizedTest
  @CsvSource({
    "localhost, true",
    "localhost:8837, true",
    "127.0.0.1, true",
    "127.0.0.1:8837, true",
    "127.1.2.3, true",
    "[::1], true",
    "[::1]:8837, true",
    "localhost:8838, false",
    "127.0.0.1:80, false",
    "127.0.0.1.evil.example, false",
    "evil.example, false",
    "evil.example:8837, false",
    "localhost.evil.example, false",
    "0.0.0.0, false",
    "10.0.0.1, false",
    "127.0.0.256, false",
    "127.1, false",
    "[::], false",
    "localhost., false",
    "'', false",
    "127.0.0.1:, false",
    "127.0.0.1:08837, false",
    "[::ffff:127.0.0.1], false"
  })
  void hostMustBeALoopbackNameWithThePortOrNone(String authority, boolean ours) {
    for (String path : List.of("/stop", "/", "/livez", "/v1/status", "/metrics")) {
      Decision decision = policy.decide(tcp("GET", path).host(authority).token().knock());
      if (ours) assertThat(decision).isInstanceOf(Decision.Allowed.class);
      else assertRefused(decision, 403, "bad_host");
    }
  }

  @Test
  void shortPathRefusesEachMarkOfABrowserWhoeverAsks() {
    assertRefused(policy.decide(tcp("GET", "/stop").marked().knock()), 403, "short_path_refused");
    assertRefused(
        policy.decide(tcp("GET", "/stop").marked().token().knock()), 403, "short_path_refused");
    assertRefused(
        policy.decide(unix(OWN, "GET", "/stop").marked().knock()), 403, "short_path_refused");
  }

  @ParameterizedTest
  @ValueSource(strings = {"POST", "PUT", "DELETE", "OPTIONS"})
  void shortPathWithoutTokenIsForGetOnly(String method) {
    assertRefused(policy.decide(tcp(method, "/stop").knock()), 403, "short_path_refused");
    assertThat(policy.decide(tcp(method, "/stop").token().knock()))
        .isInstanceOf(Decision.Allowed.class);
  }

  @ParameterizedTest
  @CsvSource({"10.0.0.7, 127.0.0.1", "127.0.0.1, 10.0.0.7"})
  void shortPathRefusesPeersThatAreNotOnLoopback(String peer, String local) {
    Decision decision = policy.decide(tcp("GET", "/stop").from(peer, local).knock());
    assertRefused(decision, 403, "short_path_refused");
  }

  @Test
  void shortPathsCanBeTurnedOff() {
    AccessRules rules =
        new AccessRules(Set.of(), false, List.of(), Map.of(), Set.of(), Set.of(), "/");
    AccessPolicy off = new AccessPolicy(OptionalInt.of(OWN), token, rules, sessions);
    assertRefused(off.decide(tcp("GET", "/stop").knock()), 404, "not_found");
    assertRefused(off.decide(tcp("GET", "/stop").token().knock()), 404, "not_found");
    assertThat(off.decide(tcp("GET", "/v1/now").token().knock()))
        .isInstanceOf(Decision.Allowed.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {"/v1/now", "/v1/stop", "/metrics", "/nothing", "/now/", "//now", "/NOW"})
  void everythingElseOverTcpNeedsTheToken(String path) {
    assertRefused(policy.decide(tcp("GET", path).knock()), 401, "unauthorized");
    assertThat(policy.decide(tcp("GET", path).token().knock()))
        .isEqualTo(new Decision.Allowed("control.token", Role.ADMIN, false));
  }

  @Test
  void tokenMustBeTheOneAndOnlyBearer() {
    assertThat(policy.decide(tcp("GET", "/v1/now").authorization("bearer " + secret).knock()))
        .isInstanceOf(Decision.Allowed.class);
    for (String wrong :
        List.of(
            "Bearer " + secret.substring(1),
            "Bearer " + secret + "x",
            "Bearer ",
            "Bearer",
            "Basic " + secret,
            secret,
            "")) {
      for (String path : List.of("/v1/now", "/now", "/livez")) {
        assertRefused(
            policy.decide(tcp("GET", path).authorization(wrong).knock()), 401, "bad_token");
      }
    }
    assertRefused(policy.decide(tcp("GET", "/v1/now").token().token().knock()), 401, "bad_token");
  }

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8837, true",
    "HTTP://127.0.0.1:8837, true",
    "http://127.0.0.1:8838, false",
    "https://127.0.0.1:8837, false",
    "http://evil.example, false",
    "null, false",
    "'', false"
  })
  void originMustBeOurOwn(String origin, boolean own) {
    Decision decision = policy.decide(tcp("POST", "/v1/reload").origin(origin).token().knock());
    if (own) assertThat(decision).isInstanceOf(Decision.Allowed.class);
    else assertRefused(decision, 403, "cross_origin");
  }

  @ParameterizedTest
  @CsvSource({"same-origin, true", "cross-site, false", "same-site, false", "none, false"})
  void fetchSiteMustBeOurOwn(String site, boolean own) {
    Decision decision = policy.decide(tcp("POST", "/v1/stop").fetchSite(site).token().knock());
    if (own) assertThat(decision).isInstanceOf(Decision.Allowed.class);
    else assertRefused(decision, 403, "cross_origin");
  }

  @ParameterizedTest
  @CsvSource({"1000, true", "0, true", "42, true", "43, false"})
  void unixSocketTakesTheOwnUserRootAndTheAllowed(int uid, boolean allowed) {
    for (String path : List.of("/v1/stop", "/stop", "/livez")) {
      Decision decision = policy.decide(unix(uid, "GET", path).knock());
      if (allowed) {
        assertThat(decision).isEqualTo(new Decision.Allowed("uid " + uid, Role.ADMIN, false));
      } else {
        assertRefused(decision, 403, "uid_refused");
      }
    }
  }

  @Test
  void unixSocketRefusesPeersWithoutCredentialsAndNeedsAHostOfOursToo() {
    Knock unknown = new Asking(new Door.Unix(OptionalInt.empty()), "GET", "/v1/now").knock();
    assertRefused(policy.decide(unknown), 403, "uid_refused");
    assertRefused(
        policy.decide(unix(OWN, "GET", "/v1/now").host("evil.example").knock()), 403, "bad_host");
  }

  @Test
  void healthAndTheFrontPageAreForAnyone() {
    for (String path : List.of("/", "/livez", "/readyz", "/healthz")) {
      assertThat(policy.decide(tcp("GET", path).knock()))
          .isEqualTo(new Decision.Allowed("anyone", Role.PUBLIC, false));
    }
    assertThat(policy.decide(tcp("GET", "/").origin("http://evil.example").knock()))
        .isInstanceOf(Decision.Allowed.class);
    assertRefused(
        policy.decide(tcp("GET", "/livez").origin("http://evil.example").knock()),
        403,
        "cross_origin");
    assertRefused(policy.decide(tcp("POST", "/livez").knock()), 401, "unauthorized");
    assertRefused(policy.decide(tcp("POST", "/").knock()), 401, "unauthorized");
  }

  @Test
  void aNamedTokenHasItsNameAndItsRole() {
    assertThat(policy.decide(tcp("POST", "/v1/stop").authorization("Bearer " + CI).knock()))
        .isEqualTo(new Decision.Allowed("token ci", Role.OPERATOR, false));
    assertThat(policy.decide(tcp("GET", "/reload").authorization("Bearer " + CI).knock()))
        .isEqualTo(new Decision.Allowed("token ci", Role.OPERATOR, false));
  }

  @Test
  void aSessionReadsAndChangesOnlyWithItsCsrfToken() {
    Sessions.Opened ann = sessions.open("ann");
    Decision viewer = new Decision.Allowed("user ann", Role.VIEWER, false);
    assertThat(policy.decide(tcp("GET", "/v1/now").session(ann).knock())).isEqualTo(viewer);
    assertRefused(policy.decide(tcp("POST", "/v1/stop").session(ann).knock()), 403, "csrf_token");
    assertRefused(
        policy.decide(tcp("POST", "/v1/stop").session(ann).csrf("x").knock()), 403, "csrf_token");
    assertRefused(
        policy.decide(
            tcp("POST", "/v1/stop").session(ann).csrf(sessions.open("ann").csrf()).knock()),
        403,
        "csrf_token");
    assertThat(policy.decide(tcp("POST", "/v1/stop").session(ann).csrf(ann.csrf()).knock()))
        .isEqualTo(viewer);
  }

  @Test
  void aSessionIsNothingFromAnotherOriginOnAShortPathOrAfterItsEnd() {
    Sessions.Opened ann = sessions.open("ann");
    assertRefused(
        policy.decide(tcp("GET", "/v1/now").session(ann).origin("http://evil.example").knock()),
        403,
        "cross_origin");
    assertRefused(
        policy.decide(tcp("GET", "/v1/now").session(ann).origin("https://panel.example").knock()),
        401,
        "unauthorized");
    assertRefused(
        policy.decide(tcp("GET", "/stop").session(ann).csrf(ann.csrf()).knock()),
        403,
        "short_path_refused");
    assertRefused(
        policy.decide(tcp("GET", "/v1/now").session(sessions.open("bob")).knock()),
        401,
        "unauthorized");
    clock.advance(Sessions.IDLE);
    assertRefused(policy.decide(tcp("GET", "/v1/now").session(ann).knock()), 401, "unauthorized");
  }

  @Test
  void aNamedOriginMayUseTokens() {
    assertThat(
            policy.decide(
                tcp("POST", "/v1/reload")
                    .origin("https://panel.example")
                    .fetchSite("cross-site")
                    .token()
                    .knock()))
        .isInstanceOf(Decision.Allowed.class);
    assertRefused(
        policy.decide(tcp("GET", "/v1/now").fetchSite("cross-site").token().knock()),
        403,
        "cross_origin");
  }

  @ParameterizedTest
  @CsvSource({
    "gw.example, true",
    "gw.example:443, true",
    "other.example, false",
    "10.1.2.3, true",
    "10.1.2.3:8837, true",
    "10.1.2.3:80, false",
    "10.1.2.4, false"
  })
  void aNameOfTheConfigurationAndTheAddressItselfAreOurs(String host, boolean ours) {
    Decision decision =
        policy.decide(
            tcp("GET", "/v1/now").from("10.9.9.9", "10.1.2.3").host(host).token().knock());
    if (ours) assertThat(decision).isInstanceOf(Decision.Allowed.class);
    else assertRefused(decision, 403, "bad_host");
  }

  @Test
  void theOwnOriginIsThatOfTheConnection() {
    assertThat(
            policy.decide(
                tcp("POST", "/v1/stop").secure().origin("https://127.0.0.1:8837").token().knock()))
        .isInstanceOf(Decision.Allowed.class);
    assertRefused(
        policy.decide(
            tcp("POST", "/v1/stop").secure().origin("http://127.0.0.1:8837").token().knock()),
        403,
        "cross_origin");
  }

  @Test
  void anyoneMayTryToLogInButOnlyFromHere() {
    assertThat(policy.decide(tcp("POST", "/v1/login").knock()))
        .isEqualTo(new Decision.Allowed("anyone", Role.PUBLIC, false));
    assertRefused(
        policy.decide(tcp("POST", "/v1/login").origin("http://evil.example").knock()),
        403,
        "cross_origin");
    assertRefused(policy.decide(tcp("GET", "/v1/login").knock()), 401, "unauthorized");
  }

  @Test
  void knockNeverPrintsItsCredentials() {
    assertThat(tcp("GET", "/v1/now").token().knock().toString()).doesNotContain(secret);
  }

  private static void assertRefused(Decision decision, int status, String code) {
    assertThat(decision)
        .isInstanceOfSatisfying(
            Decision.Refused.class,
            refused -> {
              assertThat(refused.status()).isEqualTo(status);
              assertThat(refused.code()).isEqualTo(code);
            });
  }

  private Asking tcp(String method, String path) {
    return new Asking(
        new Door.Tcp(
            new InetSocketAddress("127.0.0.1", 40_000), new InetSocketAddress("127.0.0.1", PORT)),
        method,
        path);
  }

  private Asking unix(int uid, String method, String path) {
    return new Asking(new Door.Unix(OptionalInt.of(uid)), method, path);
  }

  /** A request as a test speaks of it; from 127.0.0.1 with the right Host unless said otherwise. */
  private final class Asking {
    private Door door;
    private final String method;
    private final String path;
    private String host = "127.0.0.1:8837";
    private boolean marks;
    private Optional<String> session = Optional.empty();
    private Optional<String> csrf = Optional.empty();
    private boolean secure;
    private final List<String> origins = new ArrayList<>();
    private final List<String> sites = new ArrayList<>();
    private final List<String> authorizations = new ArrayList<>();

    Asking(Door door, String method, String path) {
      this.door = door;
      this.method = method;
      this.path = path;
    }

    Asking host(String value) {
      host = value;
      return this;
    }

    Asking from(String peer, String local) {
      door = new Door.Tcp(new InetSocketAddress(peer, 40_000), new InetSocketAddress(local, PORT));
      return this;
    }

    Asking origin(String value) {
      origins.add(value);
      return marked();
    }

    Asking fetchSite(String value) {
      sites.add(value);
      return marked();
    }

    Asking marked() {
      marks = true;
      return this;
    }

    Asking session(Sessions.Opened opened) {
      session = Optional.of(opened.key());
      return marked();
    }

    Asking csrf(String value) {
      csrf = Optional.of(value);
      return this;
    }

    Asking secure() {
      secure = true;
      return this;
    }

    Asking token() {
      return authorization("Bearer " + secret);
    }

    Asking authorization(String value) {
      authorizations.add(value);
      return this;
    }

    Knock knock() {
      return new Knock(
          door, method, path, host, origins, sites, marks, authorizations, session, csrf, secure);
    }
  }
}
