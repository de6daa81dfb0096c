package io.fairlead.mqtt;

import io.fairlead.core.unit.Secret;
import io.fairlead.mqtt.MqttAuth.Mtls;
import io.fairlead.mqtt.codec.ReasonCode;
import io.fairlead.net.auth.AuthResult;
import io.fairlead.net.auth.Authenticator;
import io.fairlead.net.auth.Credentials;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Asks those who know accounts about clients that show a name, a password or a certificate, and
 * admits those who show none where that is allowed. Immutable.
 *
 * @param passwords none: a name counts for nothing
 * @param certified whose certificates count before a name and a password, in order
 * @param certifiedLast whose count where a client shows no name
 */
record ConfiguredLogins(
    Optional<? extends Authenticator> passwords,
    List<Certified> certified,
    List<Certified> certifiedLast,
    MqttConfig.Anonymous anonymous)
    implements MqttAuthenticator {
  /**
   * Certificates that name accounts.
   *
   * @param by see {@link MqttClient#knownBy}
   */
  record Certified(Mtls rule, String by) {}

  /** Nobody is asked; those from this machine come in. */
  static final ConfiguredLogins LOCAL =
      new ConfiguredLogins(Optional.empty(), List.of(), List.of(), MqttConfig.Anonymous.LOOPBACK);

  private static final int SAN_DNS = 2;
  private static final int SAN_URI = 6;
  private static final int NAME_MAX = 255;

  @Override
  public CompletionStage<Answer> authenticate(Shown shown) {
    boolean named = shown.user().isPresent() || shown.password() != null;
    boolean asked = passwords.isPresent() && named;
    Optional<Answer> shownOne = byCertificate(certified, shown.certificate());
    if (shownOne.isEmpty() && !asked) {
      shownOne = byCertificate(certifiedLast, shown.certificate());
    }
    if (shownOne.isPresent()) return done(shownOne.get());
    if (!asked) {
      return done(
          admitsAnonymous(shown.local())
              ? new Answer.Anonymous()
              : new Answer.Refused(ReasonCode.NOT_AUTHORIZED));
    }
    byte[] password = shown.password();
    Secret secret = Secret.of(password == null ? "" : new String(password, StandardCharsets.UTF_8));
    Credentials credentials = new Credentials(shown.user().orElse(""), secret);
    return passwords
        .get()
        .authenticate(credentials, address(shown.remote()))
        .thenApply(
            result ->
                switch (result) {
                  case AuthResult.Accepted who ->
                      new Answer.Accepted(
                          who.user(),
                          who.groups(),
                          who.by(),
                          who.entry(),
                          who.attributes(),
                          who.until());
                  case AuthResult.Rejected _ ->
                      new Answer.Refused(ReasonCode.BAD_USER_NAME_OR_PASSWORD);
                  case AuthResult.Throttled _ -> new Answer.Refused(ReasonCode.SERVER_BUSY);
                });
  }

  /** By the first that finds a name in it. */
  private static Optional<Answer> byCertificate(
      List<Certified> rules, Optional<X509Certificate> shown) {
    for (Certified each : rules) {
      Optional<String> name = name(shown, each.rule());
      if (name.isEmpty()) continue;
      return Optional.of(
          new Answer.Accepted(
              name.get(),
              each.rule().groups(),
              each.by(),
              Optional.empty(),
              Map.of(),
              Optional.empty()));
    }
    return Optional.empty();
  }

  /**
   * @param local see {@link MqttClient#local}
   */
  boolean admitsAnonymous(boolean local) {
    return switch (anonymous) {
      case TRUE -> true;
      case FALSE -> false;
      case LOOPBACK -> local;
    };
  }

  /** The account a certificate names; empty: it has no such name, or one that is no account's. */
  static Optional<String> name(Optional<X509Certificate> shown, Mtls rule) {
    if (shown.isEmpty()) return Optional.empty();
    X509Certificate certificate = shown.get();
    Optional<String> said =
        switch (rule.identity()) {
          case CN -> CertificateName.common(certificate);
          case SAN_URI -> alternative(certificate, SAN_URI);
          case SAN_DNS -> alternative(certificate, SAN_DNS);
          case FINGERPRINT -> fingerprint(certificate);
        };
    return said.filter(name -> !name.isEmpty() && name.length() <= NAME_MAX)
        .filter(name -> name.chars().noneMatch(Character::isISOControl));
  }

  private static Optional<String> alternative(X509Certificate certificate, int kind) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null) return Optional.empty();
      for (List<?> name : names) {
        if (name.get(0) instanceof Integer of && of == kind && name.get(1) instanceof String text) {
          return Optional.of(text);
        }
      }
      return Optional.empty();
    } catch (CertificateParsingException broken) {
      return Optional.empty();
    }
  }

  private static Optional<String> fingerprint(X509Certificate certificate) {
    try {
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
      return Optional.of(HexFormat.of().formatHex(digest));
    } catch (CertificateEncodingException | NoSuchAlgorithmException broken) {
      return Optional.empty();
    }
  }

  private static CompletionStage<Answer> done(Answer answer) {
    return CompletableFuture.completedStage(answer);
  }

  private static InetAddress address(SocketAddress remote) {
    return remote instanceof InetSocketAddress inet && inet.getAddress() != null
        ? inet.getAddress()
        : InetAddress.getLoopbackAddress();
  }
}
