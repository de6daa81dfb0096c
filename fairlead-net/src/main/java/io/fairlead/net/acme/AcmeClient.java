package io.fairlead.net.acme;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.time.Clock;
import io.fairlead.net.tls.AlpnChallenges;
import io.fairlead.net.tls.CertifiedKey;
import io.fairlead.net.tls.JdkTls;
import java.io.IOException;
import java.net.URI;
import java.net.URL;
import java.net.http.HttpClient;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import javax.net.ssl.SSLContext;
import org.shredzone.acme4j.AccountBuilder;
import org.shredzone.acme4j.Authorization;
import org.shredzone.acme4j.Login;
import org.shredzone.acme4j.Order;
import org.shredzone.acme4j.Problem;
import org.shredzone.acme4j.RenewalInfo;
import org.shredzone.acme4j.Session;
import org.shredzone.acme4j.Status;
import org.shredzone.acme4j.challenge.Challenge;
import org.shredzone.acme4j.challenge.Http01Challenge;
import org.shredzone.acme4j.challenge.TlsAlpn01Challenge;
import org.shredzone.acme4j.connector.NetworkSettings;
import org.shredzone.acme4j.connector.Resource;
import org.shredzone.acme4j.exception.AcmeException;
import org.shredzone.acme4j.exception.AcmeRateLimitedException;
import org.shredzone.acme4j.exception.AcmeServerException;
import org.shredzone.acme4j.provider.GenericAcmeProvider;

/**
 * Takes orders to an ACME server, on the calling thread, which may wait for minutes. One order at a
 * time.
 */
public final class AcmeClient {
  private static final Duration REQUEST_MAX = Duration.ofSeconds(30);
  private static final Duration CHALLENGE_MAX = Duration.ofMinutes(2);
  private static final Duration ISSUE_MAX = Duration.ofMinutes(2);
  private static final String ACCOUNT_GONE = "urn:ietf:params:acme:error:accountDoesNotExist";

  private final AcmeAccounts accounts;
  private final HttpChallenges http;
  private final AlpnChallenges alpn;
  private final Clock clock;

  /**
   * @param folder of the accounts' keys
   */
  public AcmeClient(Path folder, HttpChallenges http, AlpnChallenges alpn, Clock clock) {
    this.clock = clock;
    this.accounts = new AcmeAccounts(folder);
    this.http = http;
    this.alpn = alpn;
  }

  /** What an order brought. */
  public record Issued(CertifiedKey cert, Optional<Renewal.Window> window) {}

  /**
   * Orders a certificate with a new key.
   *
   * @param way how the hosts are proved to be ours
   * @param replaced the certificate it takes the place of
   * @throws AcmeFailure nothing came of it
   */
  public Issued order(AcmeSettings settings, AcmeSettings.Way way, Optional<CertifiedKey> replaced)
      throws AcmeFailure, InterruptedException {
    try (HttpClient client = httpClient(settings)) {
      Session session = new Session(settings.directory(), new Directory(client));
      session.networkSettings().setTimeout(REQUEST_MAX);
      try {
        Login login = login(session, settings);
        return issue(login, settings, way, replaced);
      } catch (AcmeServerException refused) {
        if (ACCOUNT_GONE.equals(String.valueOf(refused.getType()))) accounts.forget(settings);
        throw refused;
      }
    } catch (AcmeRateLimitedException limited) {
      throw new AcmeFailure("rate limited: " + limited.getMessage(), limited.getRetryAfter());
    } catch (AcmeServerException refused) {
      throw new AcmeFailure(text(refused.getProblem()));
    } catch (AcmeException failure) {
      Throwable cause = failure.getCause();
      throw new AcmeFailure(
          settings.directory()
              + ": "
              + (cause == null ? failure.getMessage() : failure.getMessage() + ": " + cause));
    } catch (IOException failure) {
      throw new AcmeFailure("the account's files: " + failure.getMessage());
    }
  }

  /** When the server would like a certificate to be renewed; empty when it does not say. */
  public Optional<Renewal.Window> window(AcmeSettings settings, CertifiedKey cert)
      throws AcmeFailure {
    try (HttpClient client = httpClient(settings)) {
      Session session = new Session(settings.directory(), new Directory(client));
      session.networkSettings().setTimeout(REQUEST_MAX);
      if (session.resourceUrlOptional(Resource.RENEWAL_INFO).isEmpty()) return Optional.empty();
      Optional<URL> url = accounts.url(settings);
      if (url.isEmpty()) return Optional.empty();
      Login login = session.login(url.get(), accounts.key(settings));
      return window(login.bindRenewalInfo(cert.certificate()));
    } catch (AcmeException | IOException failure) {
      throw new AcmeFailure("renewal information: " + failure.getMessage());
    }
  }

  private Issued issue(
      Login login, AcmeSettings settings, AcmeSettings.Way way, Optional<CertifiedKey> replaced)
      throws AcmeException, AcmeFailure, InterruptedException {
    Order order = newOrder(login, settings, replaced);
    for (Authorization authorization : order.getAuthorizations()) {
      if (authorization.getStatus() != Status.VALID) prove(authorization, way);
    }
    if (order.waitUntilReady(CHALLENGE_MAX) == Status.INVALID) {
      throw new AcmeFailure(order.getError().map(AcmeClient::text).orElse("the order is invalid"));
    }
    KeyPair pair = newKey();
    order.execute(pair);
    if (order.waitForCompletion(ISSUE_MAX) != Status.VALID) {
      throw new AcmeFailure(
          order.getError().map(AcmeClient::text).orElse("the order ended " + order.getStatus()));
    }
    var certificate = order.getCertificate();
    List<X509Certificate> chain = new ArrayList<>(certificate.getCertificateChain());
    CertifiedKey cert;
    try {
      cert = CertifiedKey.of(pair.getPrivate(), chain);
    } catch (IllegalArgumentException strange) {
      throw new AcmeFailure("the server's certificate is none of ours: " + strange.getMessage());
    }
    for (String host : settings.hosts()) {
      if (!cert.covers(host)) throw new AcmeFailure("the server's certificate is not for " + host);
    }
    return new Issued(cert, windowOf(certificate));
  }

  private static Order newOrder(Login login, AcmeSettings settings, Optional<CertifiedKey> replaced)
      throws AcmeException {
    if (replaced.isPresent()
        && login.getSession().resourceUrlOptional(Resource.RENEWAL_INFO).isPresent()) {
      try {
        return login
            .newOrder()
            .domains(settings.hosts())
            .replaces(replaced.get().certificate())
            .create();
      } catch (AcmeServerException unknownToIt) {
        // Of another server, or renewed already: an order like any other will do (RFC 9773 §5).
        return login.newOrder().domains(settings.hosts()).create();
      }
    }
    return login.newOrder().domains(settings.hosts()).create();
  }

  private void prove(Authorization authorization, AcmeSettings.Way way)
      throws AcmeException, AcmeFailure, InterruptedException {
    String host = authorization.getIdentifier().getDomain();
    switch (way) {
      case HTTP_01 -> {
        Http01Challenge challenge =
            authorization
                .findChallenge(Http01Challenge.class)
                .orElseThrow(() -> new AcmeFailure(host + ": the server offers no http-01"));
        http.put(challenge.getToken(), challenge.getAuthorization());
        try {
          await(authorization, challenge, host);
        } finally {
          http.remove(challenge.getToken());
        }
      }
      case TLS_ALPN_01 -> {
        TlsAlpn01Challenge challenge =
            authorization
                .findChallenge(TlsAlpn01Challenge.class)
                .orElseThrow(() -> new AcmeFailure(host + ": the server offers no tls-alpn-01"));
        alpn.put(
            host, ProofCertificate.of(host, challenge.getAcmeValidation(), newKey(), clock.wall()));
        try {
          await(authorization, challenge, host);
        } finally {
          alpn.remove(host);
        }
      }
    }
  }

  private static void await(Authorization authorization, Challenge challenge, String host)
      throws AcmeException, AcmeFailure, InterruptedException {
    challenge.trigger();
    if (challenge.waitForCompletion(CHALLENGE_MAX) == Status.VALID) return;
    throw new AcmeFailure(
        host
            + ": "
            + challenge.getError().map(AcmeClient::text).orElse("not proved in time")
            + " ("
            + challenge.getType()
            + ", "
            + authorization.getStatus()
            + ")");
  }

  private Login login(Session session, AcmeSettings settings) throws AcmeException, IOException {
    KeyPair key = accounts.key(settings);
    Optional<URL> known = accounts.url(settings);
    if (known.isPresent()) return session.login(known.get(), key);
    AccountBuilder builder = new AccountBuilder().agreeToTermsOfService().useKeyPair(key);
    settings.email().ifPresent(builder::addEmail);
    settings
        .binding()
        .ifPresent(binding -> builder.withKeyIdentifier(binding.kid(), binding.hmacKey().reveal()));
    Login login = builder.createLogin(session);
    accounts.remember(settings, login.getAccountLocation());
    return login;
  }

  private static Optional<Renewal.Window> windowOf(org.shredzone.acme4j.Certificate certificate) {
    if (!certificate.hasRenewalInfo()) return Optional.empty();
    try {
      return window(certificate.getRenewalInfo());
    } catch (RuntimeException unreadable) {
      return Optional.empty(); // an extra of the server's: without it the certificate's life counts
    }
  }

  private static Optional<Renewal.Window> window(RenewalInfo info) {
    return info.getSuggestedWindowEnd().isBefore(info.getSuggestedWindowStart())
        ? Optional.empty()
        : Optional.of(
            new Renewal.Window(info.getSuggestedWindowStart(), info.getSuggestedWindowEnd()));
  }

  private static HttpClient httpClient(AcmeSettings settings) throws AcmeFailure {
    HttpClient.Builder builder =
        HttpClient.newBuilder()
            .connectTimeout(REQUEST_MAX)
            .followRedirects(HttpClient.Redirect.NEVER);
    if (settings.ca().isPresent()) {
      try {
        SSLContext trusting = JdkTls.trusting(settings.ca().get(), "/certs");
        builder.sslContext(trusting);
      } catch (ConfigException unreadable) {
        throw new AcmeFailure(unreadable.problems().getFirst().message());
      }
    }
    return builder.build();
  }

  private static KeyPair newKey() {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      return generator.generateKeyPair();
    } catch (GeneralSecurityException impossible) {
      throw new IllegalStateException("every Java platform has P-256", impossible);
    }
  }

  private static String text(Problem problem) {
    String detail =
        problem.getDetail().or(problem::getTitle).orElse(String.valueOf(problem.getType()));
    if (problem.getSubProblems().isEmpty()) return detail;
    return detail
        + problem.getSubProblems().stream()
            .map(AcmeClient::text)
            .collect(Collectors.joining("; ", " (", ")"));
  }

  /** A server like any other, asked with our client. */
  private static final class Directory extends GenericAcmeProvider {
    private final HttpClient client;

    Directory(HttpClient client) {
      this.client = client;
    }

    @Override
    public boolean accepts(URI serverUri) {
      return true;
    }

    @Override
    public HttpClient createHttpClient(NetworkSettings settings) {
      return client;
    }
  }
}
