package io.fairlead.http.route;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.time.ManualClock;
import io.fairlead.net.http.FieldEdits;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ForwardingTest {
  private static final TrustedProxies TRUSTED =
      new TrustedProxies(
          List.of(Cidr.parse("10.0.0.0/8").orElseThrow(), Cidr.parse("fd00::/8").orElseThrow()));
  private static final Forwarding FORWARDING = new Forwarding("fairlead-0123");

  @ParameterizedTest(name = "{0} says {1}: client {2}")
  @CsvSource(
      nullValues = "-",
      value = {
        "192.0.2.9, -,                          192.0.2.9",
        "192.0.2.9, '198.51.100.1',             192.0.2.9", // not believed
        "10.0.0.1,  -,                          10.0.0.1",
        "10.0.0.1,  '198.51.100.1',             198.51.100.1",
        "10.0.0.1,  '203.0.113.5, 198.51.100.1', 198.51.100.1", // right-most untrusted
        "10.0.0.1,  '198.51.100.1, 10.2.2.2',   198.51.100.1",
        "10.0.0.1,  '198.51.100.1,10.2.2.2,10.3.3.3', 198.51.100.1",
        "10.0.0.1,  '10.9.9.9, 10.2.2.2',       10.9.9.9", // all ours: the left-most
        "10.0.0.1,  '198.51.100.1, nonsense',   10.0.0.1", // stops at what is no address
        "10.0.0.1,  '198.51.100.1, , 10.2.2.2', 10.2.2.2",
        "10.0.0.1,  '198.51.100.1:4711',        198.51.100.1",
        "10.0.0.1,  '[2001:db8::1]:443',        2001:db8:0:0:0:0:0:1",
        "fd00::1,   '2001:db8::1',              2001:db8:0:0:0:0:0:1"
      })
  void findsTheClient(String remote, String chain, String client) {
    FakeHead head = chain == null ? FakeHead.get("/") : FakeHead.get("/", "X-Forwarded-For", chain);
    assertThat(head.from(remote, TRUSTED).clientText()).isEqualTo(client);
  }

  @Test
  void severalLinesAreOneChain() {
    FakeHead head =
        FakeHead.get("/", "X-Forwarded-For", "198.51.100.1", "x-forwarded-for", "10.2.2.2");
    assertThat(head.from("10.0.0.1", TRUSTED).clientText()).isEqualTo("198.51.100.1");
  }

  @Test
  void discardsWhatAStrangerClaims() {
    Map<String, String> sent =
        sent(
            "192.0.2.9",
            FakeHead.get(
                "/",
                "X-Forwarded-For",
                "6.6.6.6",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Host",
                "evil.test",
                "X-Forwarded-Port",
                "1",
                "X-Real-IP",
                "6.6.6.6",
                "Forwarded",
                "for=6.6.6.6",
                "X-Request-Id",
                "mine"));
    assertThat(sent)
        .containsEntry("x-forwarded-for", "192.0.2.9")
        .containsEntry("x-forwarded-proto", "http")
        .containsEntry("x-forwarded-host", "app.test")
        .doesNotContainKeys("x-forwarded-port", "x-real-ip", "forwarded");
    assertThat(sent.get("x-request-id"))
        .matches("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");
  }

  @Test
  void extendsWhatATrustedPeerSays() {
    Map<String, String> sent =
        sent(
            "10.0.0.1",
            FakeHead.get(
                "/",
                "X-Forwarded-For",
                "198.51.100.1",
                "X-Forwarded-Proto",
                "https",
                "X-Forwarded-Host",
                "shop.test",
                "X-Request-Id",
                "abc-1"));
    assertThat(sent)
        .containsEntry("x-forwarded-for", "198.51.100.1, 10.0.0.1")
        .containsEntry("x-forwarded-proto", "https")
        .containsEntry("x-forwarded-host", "shop.test")
        .containsEntry("x-request-id", "abc-1");
  }

  @Test
  void namesItselfInVia() {
    FieldEdits edits = new FieldEdits();
    FORWARDING.apply(FakeHead.get("/", "Via", "1.1 other").facts(), edits);
    assertThat(edits.added()).contains(new FieldEdits.Field("Via", "1.1 fairlead-0123"));
    assertThat(edits.dropped()).doesNotContain("via");
  }

  @ParameterizedTest
  @CsvSource({
    "'1.1 fairlead-0123', true",
    "'1.0 a, 1.1 fairlead-0123', true",
    "'1.1 fairlead-0123 (x), 1.1 b', true",
    "'1.1 fairlead-01234', false",
    "'1.1 xfairlead-0123', false",
    "'fairlead-0123', false",
    "'1.1 other', false"
  })
  void noticesALoop(String via, boolean loops) {
    assertThat(FORWARDING.loops(FakeHead.fields("Via", "1.1 first", "via", via))).isEqualTo(loops);
  }

  @ParameterizedTest
  @CsvSource({"'a b', false", "'é', false", "a_b-1.2~, true"})
  void keepsOnlyRequestIdsOfTokenCharacters(String id, boolean kept) {
    assertThat(RequestIds.acceptable(id)).isEqualTo(kept);
    assertThat(RequestIds.acceptable("x".repeat(128))).isTrue();
    assertThat(RequestIds.acceptable("x".repeat(129))).isFalse();
  }

  @Test
  void requestIdsSortByTime() {
    ManualClock clock = new ManualClock();
    RequestIds ids = new RequestIds(clock, Randomness.seeded(3));
    String first = ids.next();
    clock.advance(java.time.Duration.ofMillis(2));
    assertThat(ids.next()).isGreaterThan(first);
  }

  @Test
  void rulesRunInTheirOrder() {
    FieldRules rules =
        new FieldRules(
            List.of("X-Gone", "X-Back"),
            List.of(rule("X-Set", "{client_ip} {method} {path}?{query}")),
            List.of(rule("X-Back", "default"), rule("X-Here", "not used"), rule("X-Set", "no")),
            List.of(rule("X-Many", "{h:user-agent}")));
    FakeHead head =
        FakeHead.get(
            "/p?q=1",
            "X-Gone",
            "1",
            "X-Back",
            "old",
            "X-Here",
            "1",
            "X-Many",
            "0",
            "User-Agent",
            "ua");
    FieldEdits edits = new FieldEdits();
    rules.apply(head.fields(), edits, head.facts());
    assertThat(merged(head, edits))
        .containsEntry("x-set", "192.0.2.1 GET /p?q=1")
        .containsEntry("x-back", "default")
        .containsEntry("x-here", "1")
        .containsEntry("x-many", "0|ua")
        .doesNotContainKey("x-gone");
  }

  @Test
  void theRoutesRulesRefineTheSites() {
    FieldRules site =
        new FieldRules(
            List.of(),
            List.of(rule("X-A", "site"), rule("X-B", "site")),
            List.of(rule("X-C", "site")),
            List.of());
    FieldRules route =
        new FieldRules(
            List.of("x-b"),
            List.of(rule("x-a", "route")),
            List.of(rule("X-C", "route")),
            List.of());
    FieldEdits edits = new FieldEdits();
    FakeHead head = FakeHead.get("/");
    site.refinedBy(route).apply(head.fields(), edits, head.facts());
    assertThat(merged(head, edits))
        .containsEntry("x-a", "route")
        .containsEntry("x-c", "route")
        .doesNotContainKey("x-b");
  }

  @Test
  void aRuleMayNotTouchFraming() {
    assertThat(FieldRules.mayName("X-A")).isTrue();
    for (String name : List.of("content-length", "Transfer-Encoding", "Connection", "a b", "")) {
      assertThat(FieldRules.mayName(name)).as(name).isFalse();
    }
  }

  @Test
  void templatesKeepJsonAndRefuseUnknownNames() {
    assertThat(Template.parse("{\"a\":{\"b\":1}} {host}{}{").render(FakeHead.get("/").facts()))
        .isEqualTo("{\"a\":{\"b\":1}} app.test{}{");
    assertThat(Template.parse("{url}").render(FakeHead.get("/a?b=c").facts()))
        .isEqualTo("http://app.test/a?b=c");
    assertThatThrownBy(() -> Template.parse("{ip}"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("{client_ip}");
  }

  private static FieldRules.Rule rule(String name, String value) {
    return new FieldRules.Rule(name, Template.parse(value));
  }

  private static Map<String, String> sent(String remote, FakeHead head) {
    FieldEdits edits = new FieldEdits();
    FORWARDING.apply(head.from(remote, TRUSTED), edits);
    return merged(head, edits);
  }

  /** What a writer makes of it: values of one name joined by a bar. */
  private static Map<String, String> merged(FakeHead head, FieldEdits edits) {
    Map<String, String> merged = new TreeMap<>();
    for (String[] line : head.lines()) {
      String name = line[0].toLowerCase(java.util.Locale.ROOT);
      if (!edits.dropped().contains(name)) merged.merge(name, line[1], (a, b) -> a + "|" + b);
    }
    for (FieldEdits.Field field : edits.added()) {
      merged.merge(
          field.name().toLowerCase(java.util.Locale.ROOT), field.value(), (a, b) -> a + "|" + b);
    }
    return merged;
  }
}
