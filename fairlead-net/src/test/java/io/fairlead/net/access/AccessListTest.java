package io.fairlead.net.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Principal;
import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.dial.Destination.HostPort;
import io.fairlead.net.access.AccessList.Decision;
import io.fairlead.net.access.AccessRule.Effect;
import java.net.InetAddress;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessListTest {
  private static final Instant NOON = Instant.parse("2026-03-04T12:00:00Z");

  /** {@code allow|deny [user=x] [client=x] [to=x] [port=x] [member=yes|no] [time=from-to]}. */
  private static AccessRule rule(String text) {
    Optional<String> user = Optional.empty();
    Optional<Cidr> client = Optional.empty();
    Optional<DestinationPattern> to = Optional.empty();
    Optional<PortRange> port = Optional.empty();
    Optional<Boolean> member = Optional.empty();
    Optional<TimeWindow> time = Optional.empty();
    String[] words = text.strip().split(" ");
    for (String word : Arrays.asList(words).subList(1, words.length)) {
      String value = word.substring(word.indexOf('=') + 1);
      switch (word.substring(0, word.indexOf('='))) {
        case "user" -> user = Optional.of(value);
        case "client" -> client = Cidr.parse(value);
        case "to" -> to = DestinationPattern.parse(value);
        case "member" -> member = Optional.of(value.equals("yes"));
        case "time" -> time = Optional.of(window(value));
        case "port" -> port = PortRange.parse(value);
        default -> throw new IllegalArgumentException(word);
      }
    }
    return new AccessRule(
        words[0].equals("allow") ? Effect.ALLOW : Effect.DENY,
        user,
        client,
        member,
        to,
        port,
        time);
  }

  private static AccessList list(String rules, String otherwise) {
    List<AccessRule> parsed =
        rules == null ? List.of() : Arrays.stream(rules.split(";")).map(l -> rule(l)).toList();
    return new AccessList(parsed, otherwise.equals("allow") ? Effect.ALLOW : Effect.DENY);
  }

  private static Subject subject(String user, String client) {
    return user == null
        ? Subject.anonymous(InetAddress.ofLiteral(client))
        : new Subject(Optional.of(user), principal(user), InetAddress.ofLiteral(client));
  }

  /** Of these, carol is a member. */
  private static Principal principal(String user) {
    return user.equals("carol") ? Principal.of(user, new EntryId("main", "1")) : Principal.of(user);
  }

  private static TimeWindow window(String text) {
    return new TimeWindow(
        Set.of(DayOfWeek.values()),
        LocalTime.parse(text.substring(0, 5)),
        LocalTime.parse(text.substring(6)),
        ZoneOffset.UTC);
  }

  private static String word(Decision decision) {
    return switch (decision) {
      case Decision.Allowed _ -> "allowed";
      case Decision.Denied(int rule) -> "denied" + rule;
      case Decision.AskWithAddress _ -> "ask";
    };
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // rules, default, user, client, host, port, address, decision
        "-, allow, -, 192.0.2.1, a.example, 443, -, allowed",
        "-, deny, -, 192.0.2.1, a.example, 443, -, denied0",
        "deny user=bob, allow, bob, 192.0.2.1, a, 443, -, denied1",
        "deny user=bob, allow, alice, 192.0.2.1, a, 443, -, allowed",
        "allow user=*, deny, alice, 192.0.2.1, a, 443, -, allowed",
        "allow user=*, deny, -, 192.0.2.1, a, 443, -, denied0",
        "allow client=192.0.2.0/24, deny, -, 192.0.2.1, a, 443, -, allowed",
        "allow client=192.0.2.0/24, deny, -, 198.51.100.1, a, 443, -, denied0",
        "allow client=2001:db8::/32, deny, -, 2001:db8::7, a, 443, -, allowed",
        "deny to=*.example, allow, -, 192.0.2.1, a.example, 443, -, denied1",
        "deny to=*.example, allow, -, 192.0.2.1, example, 443, -, allowed",
        "deny to=*.example, allow, -, 192.0.2.1, aexample, 443, -, allowed",
        "deny to=a.example, allow, -, 192.0.2.1, a.example, 443, -, denied1",
        "deny to=a.example, allow, -, 192.0.2.1, a.example., 443, -, denied1",
        "deny to=a.example., allow, -, 192.0.2.1, a.example, 443, -, denied1",
        "deny to=*.example, allow, -, 192.0.2.1, a.example., 443, -, denied1",
        "deny to=*.example., allow, -, 192.0.2.1, a.example, 443, -, denied1",
        "deny port=20-25, allow, -, 192.0.2.1, a, 25, -, denied1",
        "deny port=20-25, allow, -, 192.0.2.1, a, 26, -, allowed",
        "deny to=a port=22, allow, -, 192.0.2.1, a, 443, -, allowed",
        "allow to=a; deny to=a, deny, -, 192.0.2.1, a, 443, -, allowed",
        "deny to=a; allow to=a, allow, -, 192.0.2.1, a, 443, -, denied1",
        "allow to=b; deny, allow, -, 192.0.2.1, a, 443, -, denied2",
        "deny to=203.0.113.0/24, allow, -, 192.0.2.1, a.example, 443, -, ask",
        "deny to=203.0.113.0/24, allow, -, 192.0.2.1, a.example, 443, 203.0.113.9, denied1",
        "deny to=203.0.113.0/24, allow, -, 192.0.2.1, a.example, 443, 198.51.100.9, allowed",
        "deny to=203.0.113.0/24, allow, -, 192.0.2.1, 203.0.113.9, 443, -, denied1",
        "deny to=203.0.113.7, allow, -, 192.0.2.1, 203.0.113.7, 443, -, denied1",
        "allow to=203.0.113.0/24; deny, allow, -, 192.0.2.1, a, 443, -, ask",
        "allow member=yes, deny, carol, 192.0.2.1, a, 443, -, allowed",
        "allow member=yes, deny, alice, 192.0.2.1, a, 443, -, denied0",
        "deny member=no, allow, alice, 192.0.2.1, a, 443, -, denied1",
        "deny member=no, allow, carol, 192.0.2.1, a, 443, -, allowed",
        "allow time=08:00-18:00, deny, -, 192.0.2.1, a, 443, -, allowed",
        "allow time=18:00-08:00, deny, -, 192.0.2.1, a, 443, -, denied0",
        "allow time=12:00-12:01, deny, -, 192.0.2.1, a, 443, -, allowed",
        "allow time=11:00-12:00, deny, -, 192.0.2.1, a, 443, -, denied0",
        "allow time=00:00-00:00, deny, -, 192.0.2.1, a, 443, -, allowed",
        "deny user=bob to=203.0.113.0/24, allow, alice, 192.0.2.1, a, 443, -, allowed",
        "deny to=b; deny to=10.0.0.0/8; allow to=a, deny, -, 192.0.2.1, a, 443, -, ask",
      })
  void theFirstRuleThatAppliesDecides(
      String rules,
      String otherwise,
      String user,
      String client,
      String host,
      int port,
      String address,
      String decision) {
    Optional<InetAddress> known = Optional.ofNullable(address).map(InetAddress::ofLiteral);
    assertThat(
            word(
                list(rules, otherwise)
                    .decide(subject(user, client), new HostPort(host, port), known, NOON)))
        .isEqualTo(decision);
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        "-, allow, false",
        "-, deny, true",
        "allow client=192.0.2.0/24, deny, true",
        "allow client=0.0.0.0/0, deny, false",
        "allow to=a.example, deny, false",
        "allow time=08:00-18:00, deny, false",
        "allow member=yes, deny, true",
        "deny time=08:00-18:00, allow, false",
        "deny member=no, allow, false",
        "allow user=alice, deny, true",
        "allow client=10.0.0.0/8; deny, allow, true",
        "deny to=a.example, allow, false",
        "deny; allow, allow, true",
      })
  void knowsWhetherStrangersGetIn(String rules, String otherwise, boolean closed) {
    assertThat(list(rules, otherwise).closedToStrangers()).isEqualTo(closed);
  }

  @ParameterizedTest
  @CsvSource({
    // days, from, to, zone, now (a Wednesday), inside
    "WEDNESDAY, 08:00, 18:00, UTC, 2026-03-04T12:00:00Z, true",
    "TUESDAY, 08:00, 18:00, UTC, 2026-03-04T12:00:00Z, false",
    "WEDNESDAY, 22:00, 06:00, UTC, 2026-03-04T23:00:00Z, true",
    "WEDNESDAY, 22:00, 06:00, UTC, 2026-03-05T05:59:59Z, true",
    "WEDNESDAY, 22:00, 06:00, UTC, 2026-03-05T06:00:00Z, false",
    "WEDNESDAY, 22:00, 06:00, UTC, 2026-03-04T05:00:00Z, false",
    "THURSDAY, 00:00, 01:00, Asia/Tokyo, 2026-03-04T15:30:00Z, true",
    "SUNDAY, 01:00, 04:00, Europe/Berlin, 2026-03-29T01:30:00Z, true",
  })
  void aWindowBelongsToTheDayItBeganOn(
      DayOfWeek day, LocalTime from, LocalTime to, String zone, Instant now, boolean inside) {
    assertThat(new TimeWindow(Set.of(day), from, to, ZoneId.of(zone)).contains(now))
        .isEqualTo(inside);
  }

  @Test
  void twoShareConnectionsOnlyWhereTheSameRulesMayApply() {
    AccessList list = list("deny client=192.0.2.0/24 to=10.0.0.0/8; allow user=bob", "deny");
    assertThat(list.share(subject("bob", "192.0.2.1"), NOON))
        .isEqualTo(list.share(subject("bob", "192.0.2.2"), NOON))
        .isNotEqualTo(list.share(subject("bob", "198.51.100.1"), NOON));
  }

  @Test
  void patternsAreReadOrRefused() {
    assertThat(DestinationPattern.parse("*.Example.org")).hasToString("Optional[*.example.org]");
    assertThat(DestinationPattern.parse("a.example:443")).isEmpty();
    assertThat(DestinationPattern.parse("10.0.0.1/8")).isEmpty();
    assertThat(DestinationPattern.parse("")).isEmpty();
    assertThat(DestinationPattern.parse("a*b")).isEmpty();
  }
}
