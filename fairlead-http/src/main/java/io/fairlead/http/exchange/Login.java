package io.fairlead.http.exchange;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Principal;
import io.fairlead.http.login.SiteAccounts;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.net.auth.AuthResult;
import io.fairlead.net.auth.BasicCredentials;
import io.fairlead.net.auth.Credentials;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.ServerExchange;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One request that has to say whose it is (Basic, RFC 7617). The account is the request's alone:
 * the next one on the connection, or beside it, may name another. Confined to the exchange's event
 * loop; a password that is not known yet is checked elsewhere meanwhile.
 */
final class Login {
  private final ReverseProxy proxy;
  private final Site site;
  private final SiteAccounts accounts;
  private final ServerExchange exchange;
  private final RequestFacts facts;
  private final @Nullable AccessNote note;
  private boolean over;

  Login(
      ReverseProxy proxy,
      Site site,
      Site.Handling handling,
      ServerExchange exchange,
      RequestFacts facts,
      @Nullable AccessNote note) {
    this.proxy = proxy;
    this.site = site;
    this.accounts = handling.accounts().orElseThrow();
    this.exchange = exchange;
    this.facts = facts;
    this.note = note;
  }

  /** Goes on as the account, or answers. Nothing happens when the client leaves meanwhile. */
  void then(Runnable next) {
    Optional<BasicCredentials> shown =
        exchange.head().fields().first("authorization").flatMap(BasicCredentials::parse);
    if (shown.isEmpty() || shown.get().user().isEmpty()) {
      unknown("auth_required", "say who you are");
      return;
    }
    CompletableFuture<AuthResult> answer =
        accounts
            .authenticator()
            .authenticate(new Credentials(shown.get().user(), shown.get().password()), client())
            .toCompletableFuture();
    if (answer.isDone() && !answer.isCompletedExceptionally()) {
      answered(answer.resultNow(), next);
      return;
    }
    exchange.onEnd(() -> over = true);
    var _ =
        answer.whenCompleteAsync(
            (result, failure) -> {
              if (over) return;
              if (failure != null) fail();
              else answered(result, next);
            },
            exchange.channel().eventLoop());
  }

  private void answered(AuthResult result, Runnable next) {
    switch (result) {
      case AuthResult.Accepted(String user, var _, var _, var _, var _, var _) ->
          known(proxy.entitlements().bind(user), next);
      case AuthResult.Rejected _ -> unknown("auth_failed", "user or password not accepted");
      case AuthResult.Throttled(Duration wait) ->
          refuse(
              Answer.error(429, "auth_throttled", "too many failed logins")
                  .with("Retry-After", Long.toString(Math.max(1, wait.toSeconds())))
                  .closing());
    }
  }

  private void known(Principal account, Runnable next) {
    // Into the index first: a revocation either finds the request there or is seen below.
    account
        .entry()
        .ifPresent(entry -> exchange.onEnd(exchange.connection().carries(entry, exchange.work())));
    facts.knownBy(accounts.authenticator(), account);
    if (proxy.allowed(proxy.verdict(exchange, facts, Action.LOGIN), site, exchange, note)) {
      next.run();
    }
  }

  private void unknown(String code, String message) {
    refuse(
        Answer.error(401, code, message)
            .with(
                "WWW-Authenticate", "Basic realm=\"" + accounts.realm() + "\", charset=\"UTF-8\""));
  }

  private void fail() {
    proxy.refuse(site, exchange, HttpMeters.Refusal.UNAUTHORIZED, Answer.internal(), note);
  }

  private void refuse(Answer answer) {
    proxy.refuse(site, exchange, HttpMeters.Refusal.UNAUTHORIZED, answer, note);
  }

  /** A unix socket's peer is this machine's. */
  private InetAddress client() {
    return Objects.requireNonNullElseGet(facts.client(), InetAddress::getLoopbackAddress);
  }
}
