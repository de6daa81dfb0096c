package io.fairlead.net.tls;

import io.netty.handler.ssl.SslContext;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Which certificate a listener shows to whom: by exact name, by wildcard, else its first. Among
 * several of one name, one whose signatures the client takes, ECDSA before RSA. Immutable.
 */
final class CertTable {
  /** A certificate and the engine settings that show it. */
  record Entry(CertifiedKey cert, SslContext context) {}

  private final Map<String, List<Entry>> byName;
  private final List<Entry> first;
  private final Set<String> awaited;

  private CertTable(Map<String, List<Entry>> byName, List<Entry> first, Set<String> awaited) {
    this.byName = byName;
    this.first = first;
    this.awaited = awaited;
  }

  /**
   * @param places in order; the first serves clients that name no host, or an unknown one
   * @param entries of the places that hold a certificate
   */
  static CertTable of(List<ServedCert> places, Map<CertifiedKey, SslContext> entries) {
    Map<String, List<Entry>> byName = new HashMap<>();
    Set<String> awaited = new HashSet<>();
    List<Entry> first = new ArrayList<>();
    Set<String> firstNames = Set.of();
    for (ServedCert place : places) {
      Optional<CertifiedKey> held = place.current();
      if (held.isEmpty()) {
        awaited.addAll(place.wanted());
        continue;
      }
      Entry entry = new Entry(held.get(), entry(entries, held.get()));
      for (String name : held.get().names()) {
        byName.computeIfAbsent(name, _ -> new ArrayList<>()).add(entry);
      }
      // The other kind of key for the same names is a default, too.
      boolean sibling = !first.isEmpty() && firstNames.equals(held.get().names());
      if (place == places.getFirst() || sibling) {
        if (first.isEmpty()) firstNames = held.get().names();
        first.add(entry);
      }
    }
    awaited.removeAll(byName.keySet());
    return new CertTable(byName, List.copyOf(first), awaited);
  }

  /** The entry for a client; empty: it gets none. */
  Optional<Entry> choose(Greeting greeting, TlsPolicy.UnknownName unknown) {
    if (greeting.serverName().isPresent()) {
      String name = greeting.serverName().get();
      List<Entry> named = byName.get(name);
      if (named != null) return Optional.of(fitting(named, greeting));
      int dot = name.indexOf('.');
      String wildcard = dot > 0 ? "*" + name.substring(dot) : "";
      if (awaited.contains(name)) return Optional.empty();
      named = byName.get(wildcard);
      if (named != null) return Optional.of(fitting(named, greeting));
      if (awaited.contains(wildcard) || unknown == TlsPolicy.UnknownName.REFUSE) {
        return Optional.empty();
      }
    }
    return first.isEmpty() ? Optional.empty() : Optional.of(fitting(first, greeting));
  }

  private static Entry fitting(List<Entry> entries, Greeting greeting) {
    for (Entry entry : entries) {
      if (entry.cert().elliptic() == greeting.elliptic()) return entry;
    }
    return entries.getFirst();
  }

  private static SslContext entry(Map<CertifiedKey, SslContext> entries, CertifiedKey cert) {
    SslContext context = entries.get(cert);
    if (context == null) throw new IllegalStateException(cert + ": no engine was set up");
    return context;
  }
}
