package io.fairlead.http.exchange;

import io.fairlead.http.balance.KeyHash;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.upstream.BalanceConfig;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.ServerExchange;
import io.fairlead.net.tls.TlsFacts;
import java.util.Optional;

/** What keeps a request with an endpoint: the key it is hashed by, and its cookie. */
final class BalanceKeys {
  private BalanceKeys() {}

  /** Requests that lack what they are hashed by are kept together by the client's address. */
  static long of(BalanceConfig balance, RequestFacts facts, ServerExchange exchange) {
    if (!balance.method().hashes()) return 0;
    return switch (balance.key()) {
      case BalanceConfig.HashBy.ClientIp _ -> KeyHash.of(facts.clientText());
      case BalanceConfig.HashBy.OfPath _ -> KeyHash.of(facts.path());
      case BalanceConfig.HashBy.Sni _ -> hash(serverName(exchange), facts);
      case BalanceConfig.HashBy.Header(String name) ->
          hash(facts.head().fields().first(name.toLowerCase(java.util.Locale.ROOT)), facts);
      case BalanceConfig.HashBy.Cookie(String name) ->
          hash(cookie(facts.head().fields(), name), facts);
    };
  }

  private static long hash(Optional<String> text, RequestFacts facts) {
    return KeyHash.of(text.filter(value -> !value.isEmpty()).orElseGet(facts::clientText));
  }

  /** A cookie's first value (RFC 6265 §5.4 as servers read it). */
  static Optional<String> cookie(Fields fields, String name) {
    for (String line : fields.all("cookie")) {
      int at = 0;
      while (at < line.length()) {
        int end = line.indexOf(';', at);
        if (end < 0) end = line.length();
        int start = at;
        while (start < end && line.charAt(start) == ' ') start++;
        if (line.startsWith(name, start)
            && start + name.length() < end
            && line.charAt(start + name.length()) == '=') {
          return Optional.of(line.substring(start + name.length() + 1, end).strip());
        }
        at = end + 1;
      }
    }
    return Optional.empty();
  }

  private static Optional<String> serverName(ServerExchange exchange) {
    return TlsFacts.of(exchange.channel()).flatMap(TlsFacts::serverName);
  }
}
