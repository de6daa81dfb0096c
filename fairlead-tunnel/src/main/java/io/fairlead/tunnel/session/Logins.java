package io.fairlead.tunnel.session;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.EntryId;
import io.fairlead.core.access.Membership;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.watch.Watch;
import io.fairlead.tunnel.codec.AgentKey;
import io.fairlead.tunnel.codec.BadControlException;
import io.fairlead.tunnel.codec.Binary;
import io.fairlead.tunnel.codec.ControlMessage;
import io.fairlead.tunnel.proof.Proof;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Decides who an agent is. Immutable but for the membership it watches; any thread. Whether a name
 * is unknown or a proof wrong, it does not tell.
 */
public final class Logins {
  /** Somebody who may come. */
  public sealed interface Credential {
    /** Who knows this secret. */
    record Shared(Binary secret) implements Credential {}

    /** Who holds the private half. */
    record Key(AgentKey key) implements Credential {}

    /** Whose certificate has this SubjectPublicKeyInfo. */
    record Certificate(Binary publicKey) implements Credential {}
  }

  /** A credential, and what comes with it. */
  public record Account(Credential credential, Grants grants) {}

  /** Members of a registry source, by their keys. */
  public record Source(String name, Grants grants) {}

  /** What came of it. */
  public sealed interface Outcome {
    /**
     * @param used what it proved
     * @param principal bound to its registry entry, if its key has one
     */
    record Admitted(String agent, Credential used, Principal principal, Grants grants)
        implements Outcome {}

    /**
     * @param reason a stable snake_case word, for logs and meters
     */
    record Refused(String reason) implements Outcome {}
  }

  private final Map<String, Account> accounts;
  private final List<Source> sources;
  private final Watch<Membership> membership;
  private final Entitlements entitlements;

  public Logins(
      Map<String, Account> accounts,
      List<Source> sources,
      Watch<Membership> membership,
      Entitlements entitlements) {
    this.accounts = Map.copyOf(new LinkedHashMap<>(accounts));
    this.sources = List.copyOf(sources);
    this.membership = membership;
    this.entitlements = entitlements;
  }

  /**
   * @param nonce what the server sent on this connection
   * @param exporter of the connection's TLS
   * @param shown the SubjectPublicKeyInfo of the certificate the agent showed
   */
  public Outcome decide(
      ControlMessage.Auth auth, Binary nonce, Binary exporter, Optional<Binary> shown) {
    if (auth.version() != ControlMessage.VERSION) return new Outcome.Refused("version");
    return switch (auth.method()) {
      case "token" -> byToken(auth, nonce, exporter);
      case "ed25519" -> byKey(auth, nonce, exporter);
      case "mtls" -> byCertificate(auth, shown);
      default -> new Outcome.Refused("method");
    };
  }

  /** The same by all that a connection says. */
  public Outcome decide(ControlMessage.Auth auth, Binary nonce, Bond bond) {
    if (bond.peer().isEmpty()) return decide(auth, nonce, bond.exporter(), bond.shown());
    if (auth.version() != ControlMessage.VERSION) return new Outcome.Refused("version");
    if (!auth.method().equals("peer")) return new Outcome.Refused("method");
    return proven(auth, bond.peer().get());
  }

  /** Whether somebody who was admitted may still go on. */
  public boolean stillAllowed(Principal principal) {
    return entitlements.decide(principal, Action.LOGIN) instanceof Verdict.Allow;
  }

  /**
   * What an agent that is there may do by these logins.
   *
   * @return empty when it may not come any more
   */
  public Optional<Grants> grants(String agent, Credential used, Principal principal) {
    Account account = accounts.get(agent);
    if (account != null && account.credential().equals(used)) return Optional.of(account.grants());
    if (principal.entry().isEmpty()) return Optional.empty();
    return sources.stream()
        .filter(source -> source.name().equals(principal.entry().get().source()))
        .map(Source::grants)
        .findFirst();
  }

  private Outcome byToken(ControlMessage.Auth auth, Binary nonce, Binary exporter) {
    Account account = accounts.get(auth.agent());
    if (account == null || !(account.credential() instanceof Credential.Shared(Binary secret))) {
      return new Outcome.Refused("unknown");
    }
    if (!Proof.verify(secret, auth.proof(), nonce, exporter, auth.agent())) {
      return new Outcome.Refused("proof");
    }
    return new Outcome.Admitted(
        auth.agent(), account.credential(), Principal.of(auth.agent()), account.grants());
  }

  private Outcome byKey(ControlMessage.Auth auth, Binary nonce, Binary exporter) {
    AgentKey key;
    try {
      key = AgentKey.parse(auth.key().orElse(""));
    } catch (BadControlException bad) {
      return new Outcome.Refused("key");
    }
    if (!Proof.verify(key, auth.proof(), nonce, exporter, auth.agent())) {
      return new Outcome.Refused("proof");
    }
    return proven(auth, key);
  }

  private Outcome proven(ControlMessage.Auth auth, AgentKey key) {
    Account account = accounts.get(auth.agent());
    if (account != null && account.credential().equals(new Credential.Key(key))) {
      return entitled(auth.agent(), account.credential(), principal(key), account.grants());
    }
    return member(auth.agent(), key);
  }

  private Outcome byCertificate(ControlMessage.Auth auth, Optional<Binary> shown) {
    if (shown.isEmpty()) return new Outcome.Refused("certificate");
    Account account = accounts.get(auth.agent());
    if (account != null && account.credential().equals(new Credential.Certificate(shown.get()))) {
      return entitled(
          auth.agent(), account.credential(), Principal.of(auth.agent()), account.grants());
    }
    byte[] spki = shown.get().bytes();
    if (spki.length != 44) return new Outcome.Refused("unknown");
    byte[] raw = new byte[32];
    System.arraycopy(spki, 12, raw, 0, 32);
    AgentKey key = new AgentKey(Binary.of(raw));
    if (account != null && account.credential().equals(new Credential.Key(key))) {
      return entitled(auth.agent(), account.credential(), principal(key), account.grants());
    }
    return member(auth.agent(), key);
  }

  /** A member of a source comes under its peer id only: a name of its own could be another's. */
  private Outcome member(String agent, AgentKey key) {
    if (!agent.equals(key.text())) return new Outcome.Refused("unknown");
    Principal principal = principal(key);
    Optional<EntryId> entry = principal.entry();
    if (entry.isEmpty()) return new Outcome.Refused("unknown");
    for (Source source : sources) {
      if (source.name().equals(entry.get().source())) {
        return entitled(agent, new Credential.Key(key), principal, source.grants());
      }
    }
    return new Outcome.Refused("unknown");
  }

  private Outcome entitled(String agent, Credential used, Principal principal, Grants grants) {
    return switch (entitlements.decide(principal, Action.LOGIN)) {
      case Verdict.Allow _ -> new Outcome.Admitted(agent, used, principal, grants);
      case Verdict.Drain _ -> new Outcome.Refused("draining");
      case Verdict.Deny(String reason) -> new Outcome.Refused(reason);
    };
  }

  /** Of several entries with one key the one with the smallest id counts. */
  private Principal principal(AgentKey key) {
    Optional<EntryId> found = Optional.empty();
    for (Membership.Member member : membership.current().members().values()) {
      if (member.publicKey().isEmpty() || !isKey(member.publicKey().get(), key)) continue;
      if (found.isEmpty() || member.id().toString().compareTo(found.get().toString()) < 0) {
        found = Optional.of(member.id());
      }
    }
    return new Principal(key.text(), found);
  }

  private static boolean isKey(String text, AgentKey key) {
    if (text.equals(key.text())) return true;
    try {
      return AgentKey.parse(text).equals(key);
    } catch (BadControlException other) {
      return false; // a key of another kind
    }
  }
}
