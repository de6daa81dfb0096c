package io.fairlead.proxy.forward;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.access.Principal;
import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.dial.Destination.HostPort;
import io.fairlead.proxy.forward.AccessList.Decision;
import io.fairlead.proxy.forward.AccessRule.Effect;
import java.net.InetAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AccessListTest {
  /** {@code allow|deny [user=x] [client=x] [to=x] [port=x]}. */
  private static AccessRule rule(String text) {
    Optional<String> user = Optional.empty();
    Optional<Cidr> client = Optional.empty();
    Optional<DestinationPattern> to = Optional.empty();
    Optional<PortRange> port = Optional.empty();
    String[] words = text.strip().split(" ");
    for (String word : Arrays.asList(words).subList(1, words.length)) {
      String value = word.substring(word.indexOf('=') + 1);
      switch (word.substring(0, word.indexOf('='))) {
        case "user" -> user = Optional.of(value);
        case "client" -> client = Cidr.parse(value);
        case "to" -> to = DestinationPattern.parse(value);
        case "port" -> port = PortRange.parse(value);
        default -> throw new IllegalArgumentException(word);
      }
    }
    return new AccessRule(
        words[0].equals("allow") ? Effect.ALLOW : Effect.DENY, user, client, to, port);
  }

  private static AccessList list(String rules, String otherwise) {
    List<AccessRule> parsed =
        rules == null ? List.of() : Arrays.stream(rules.split(";")).map(l -> rule(l)).toList();
    return new AccessList(parsed, otherwise.equals("allow") ? Effect.ALLOW : Effect.DENY);
  }

  private static Subject subject(String user, String client) {
    return user == null
        ? Subject.anonymous(InetAddress.ofLiteral(client))
        : new Subject(Optional.of(user), Principal.of(user), InetAddress.ofLiteral(client));
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
                    .decide(subject(user, client), new HostPort(host, port), known)))
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
        "allow user=alice, deny, true",
        "allow client=10.0.0.0/8; deny, allow, true",
        "deny to=a.example, allow, false",
        "deny; allow, allow, true",
      })
  void knowsWhetherStrangersGetIn(String rules, String otherwise, boolean closed) {
    assertThat(list(rules, otherwise).closedToStrangers()).isEqualTo(closed);
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
