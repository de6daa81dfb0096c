package io.fairlead.proxy.netty;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Principal;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.random.Randomness;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.access.Subject;
import io.fairlead.net.auth.AuthResult;
import io.fairlead.net.auth.Credentials;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.proxy.Accounts;
import io.fairlead.proxy.Egress;
import io.fairlead.proxy.FlowJournal;
import io.fairlead.proxy.egress.WayOut;
import io.fairlead.proxy.forward.Flow;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.Refusal;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Who gets in. Shared by all services and event loops. Answers of logins always arrive later, on
 * the connection's event loop, never inside the call.
 */
public final class Gate {
  /** How long a connection is held whose logins came too often. */
  static final Duration TARPIT = Duration.ofSeconds(30);

  private static final Refusal AUTH_FAILED =
      Refusal.of(Refusal.Kind.AUTH_FAILED, "user or password not accepted");
  private static final Refusal ANOTHER_ACCOUNT =
      Refusal.of(Refusal.Kind.AUTH_FAILED, "an HTTP/2 connection works for one account");
  private static final Refusal THROTTLED =
      Refusal.of(Refusal.Kind.THROTTLED, "too many failed logins");

  private final Egress egress;
  private final Entitlements entitlements;
  private final FlowJournal journal;
  private final Randomness randomness;

  public Gate(
      Egress egress, Entitlements entitlements, FlowJournal journal, Randomness randomness) {
    this.egress = egress;
    this.entitlements = entitlements;
    this.journal = journal;
    this.randomness = randomness;
  }

  Egress egress() {
    return egress;
  }

  Randomness randomness() {
    return randomness;
  }

  /** A dialer for one flow, by the rules it begins with. */
  Dialer<Channel> dialer(
      ForwardRules rules,
      Subject subject,
      Destination.HostPort to,
      Flow.Kind kind,
      EventLoop loop) {
    return new WayOut(
        egress,
        rules.egress(),
        subject,
        rules.guardFor(subject, kind),
        rules.asksForAddress(subject, to),
        loop);
  }

  FlowJournal journal() {
    return journal;
  }

  /** Hears the answer to a login; exactly one call, on the connection's event loop. */
  interface Login {
    void accepted(Subject subject);

    void refused(Refusal refusal);
  }

  /** A login whose name chose a tunnel agent as well. */
  private record Exiting(Login login, String agent) implements Login {
    @Override
    public void accepted(Subject who) {
      login.accepted(new Subject(who.user(), who.principal(), who.client(), Optional.of(agent)));
    }

    @Override
    public void refused(Refusal refusal) {
      login.refused(refusal);
    }
  }

  /** The same for a connection that carries one request at a time. */
  void login(
      Accounts accounts,
      String user,
      Secret password,
      LiveConnection connection,
      Channel channel,
      Login login) {
    login(accounts, user, password, connection, channel, false, login);
  }

  /**
   * Checks a password, then whether its principal may log in.
   *
   * @param shared whether the connection carries other requests at the same time: it then works for
   *     one account only, because a revocation ends whole connections
   */
  void login(
      Accounts accounts,
      String user,
      Secret password,
      LiveConnection connection,
      Channel channel,
      boolean shared,
      Login login) {
    InetAddress client = clientOf(connection);
    Accounts.Name name = accounts.name(user);
    Login chosen = name.exit().isEmpty() ? login : new Exiting(login, name.exit().get());
    var _ =
        accounts
            .authenticator()
            .authenticate(new Credentials(name.account(), password), client)
            .whenCompleteAsync(
                (result, failure) -> answer(result, failure, connection, client, shared, chosen),
                channel.eventLoop());
  }

  /** The login of an account that has no password to give (SOCKS 4). */
  void loginByName(
      Accounts accounts, String user, LiveConnection connection, Channel channel, Login login) {
    InetAddress client = clientOf(connection);
    channel
        .eventLoop()
        .execute(
            () -> {
              if (accounts.verifiers().containsKey(user)) {
                admit(user, entitlements.bind(user), connection, client, false, login);
              } else {
                login.refused(AUTH_FAILED);
              }
            });
  }

  private void answer(
      @Nullable AuthResult result,
      @Nullable Throwable failure,
      LiveConnection connection,
      InetAddress client,
      boolean shared,
      Login login) {
    if (failure != null || result == null) {
      login.refused(Refusal.of(Refusal.Kind.INTERNAL, "the login could not be checked"));
      return;
    }
    switch (result) {
      case AuthResult.Accepted accepted ->
          admit(accepted.user(), bound(accepted), connection, client, shared, login);
      case AuthResult.Rejected _ -> login.refused(AUTH_FAILED);
      case AuthResult.Throttled _ -> login.refused(THROTTLED);
    }
  }

  /** Who signed with the key of an entry is that entry; an account may stand for one. */
  private Principal bound(AuthResult.Accepted accepted) {
    return accepted
        .entry()
        .map(entry -> Principal.of(accepted.user(), entry))
        .orElseGet(() -> entitlements.bind(accepted.user()));
  }

  private void admit(
      String user,
      Principal bound,
      LiveConnection connection,
      InetAddress client,
      boolean shared,
      Login login) {
    Principal held = connection.principal();
    Principal principal = bound.equals(held) ? held : bound;
    if (shared && !held.equals(Principal.ANONYMOUS) && principal != held) {
      login.refused(ANOTHER_ACCOUNT);
      return;
    }
    // Into the index first: a revocation either finds the connection there or is seen below.
    connection.bind(principal);
    Optional<Refusal> refusal = refusal(principal, Action.LOGIN);
    if (refusal.isPresent()) {
      login.refused(refusal.get());
    } else {
      login.accepted(new Subject(Optional.of(user), principal, client));
    }
  }

  /** The principal of an account. */
  public Principal bind(String user) {
    return entitlements.bind(user);
  }

  /** Why this principal may not open anything now; empty when it may. */
  public Optional<Refusal> refusalToDial(Principal principal) {
    return refusal(principal, Action.DIAL);
  }

  /** Why this principal may not do that now; empty when it may. */
  Optional<Refusal> refusal(Principal principal, Action action) {
    return switch (entitlements.decide(principal, action)) {
      case Verdict.Allow _ -> Optional.empty();
      case Verdict.Drain _ ->
          Optional.of(
              Refusal.of(Refusal.Kind.NOT_ENTITLED, "membership is draining: no new connections"));
      case Verdict.Deny(String reason) ->
          Optional.of(Refusal.of(Refusal.Kind.NOT_ENTITLED, "membership: " + reason));
    };
  }

  /** Address of the client; loopback for a unix socket. */
  static InetAddress clientOf(LiveConnection connection) {
    return connection.remote() instanceof InetSocketAddress address && address.getAddress() != null
        ? address.getAddress()
        : InetAddress.getLoopbackAddress();
  }
}
