package io.fairlead.net.auth;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.time.Clock;
import java.nio.charset.StandardCharsets;
import java.security.Key;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jose4j.jwa.AlgorithmConstraints.ConstraintType;
import org.jose4j.jwk.JsonWebKey;
import org.jose4j.jwk.VerificationJwkSelector;
import org.jose4j.jws.JsonWebSignature;
import org.jose4j.jwt.JwtClaims;
import org.jose4j.jwt.MalformedClaimException;
import org.jose4j.jwt.NumericDate;
import org.jose4j.jwt.consumer.ErrorCodes;
import org.jose4j.jwt.consumer.InvalidJwtException;
import org.jose4j.jwt.consumer.JwtConsumerBuilder;
import org.jose4j.keys.HmacKey;
import org.jose4j.lang.JoseException;

/**
 * Checks tokens of an identity provider. The configuration says which algorithms and whose keys;
 * what a token itself says of keys ({@code jwk}, {@code jku}, {@code x5c}, {@code x5u}) is not
 * looked at, its {@code kid} is only compared with the names of known keys. Thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8725">RFC 8725</a>
 */
public final class JwtVerifier implements TokenVerifier {
  /** How far clocks may differ. */
  static final int SKEW_SECONDS = 30;

  private static final int NAME_BYTES_MAX = 255;
  private static final int VALUES_MAX = 64;

  private final JwtSettings settings;
  private final Optional<JwksKeys> keys;
  private final Clock clock;

  private JwtVerifier(JwtSettings settings, Optional<JwksKeys> keys, Clock clock) {
    this.settings = settings;
    this.keys = keys;
    this.clock = clock;
  }

  /**
   * Opens the keys.
   *
   * @param path key path of the settings in the configuration
   * @throws ConfigException their file cannot be read
   */
  public static JwtVerifier open(JwtSettings settings, Clock clock, String path)
      throws ConfigException {
    Optional<JwksKeys> keys =
        settings.jwks().isPresent()
            ? Optional.of(JwksKeys.open(settings.jwks().get(), clock, path + "/jwks"))
            : Optional.empty();
    return new JwtVerifier(settings, keys, clock);
  }

  @Override
  public Finding verify(Credentials credentials) {
    String token = credentials.password().reveal();
    if (!TokenVerifier.looksLikeToken(token)) return new Finding.NotMine();
    JsonWebSignature jws = new JsonWebSignature();
    String algorithm;
    try {
      jws.setCompactSerialization(token);
      algorithm = jws.getAlgorithmHeaderValue();
      if (algorithm == null) return new Finding.Bad("algorithm");
    } catch (JoseException | RuntimeException noToken) {
      return new Finding.NotMine();
    }
    if (!settings.algorithms().contains(algorithm)) {
      boolean trick =
          algorithm.equalsIgnoreCase("none")
              || algorithm.toUpperCase(Locale.ROOT).startsWith("HS") && keys.isPresent();
      return trick ? new Finding.Bad("algorithm") : new Finding.NotMine();
    }
    String type = jws.getHeader("cty");
    if (type != null) return new Finding.Bad("nested");
    Optional<Key> key = key(jws);
    return key.isEmpty() ? new Finding.NotMine() : verify(token, key.get());
  }

  private Optional<Key> key(JsonWebSignature jws) {
    if (keys.isEmpty()) {
      return settings
          .secret()
          .map(secret -> new HmacKey(secret.reveal().getBytes(StandardCharsets.UTF_8)));
    }
    JwksKeys held = keys.get();
    if (held.aged()) held.refresh();
    List<JsonWebKey> known = held.current();
    Optional<Key> found = among(known, jws);
    if (found.isPresent()) return found;
    held.refresh();
    // Whoever read them, perhaps between the two.
    return held.current() == known ? found : among(held.current(), jws);
  }

  /** Exactly one key must fit: a token does not get to try several. */
  private static Optional<Key> among(List<JsonWebKey> keys, JsonWebSignature jws) {
    try {
      List<JsonWebKey> fitting = new VerificationJwkSelector().selectList(jws, keys);
      return fitting.size() == 1 ? Optional.of(fitting.getFirst().getKey()) : Optional.empty();
    } catch (JoseException none) {
      return Optional.empty();
    }
  }

  private Finding verify(String token, Key key) {
    JwtConsumerBuilder builder =
        new JwtConsumerBuilder()
            .setVerificationKey(key)
            .setJwsAlgorithmConstraints(
                ConstraintType.PERMIT, settings.algorithms().toArray(String[]::new))
            .setRequireExpirationTime()
            .setAllowedClockSkewInSeconds(SKEW_SECONDS)
            .setEvaluationTime(NumericDate.fromMilliseconds(clock.wall().toEpochMilli()))
            .setExpectedAudience(true, settings.audience().toArray(String[]::new));
    settings.issuer().ifPresent(issuer -> builder.setExpectedIssuer(true, issuer));
    try {
      return accepted(builder.build().processToClaims(token));
    } catch (InvalidJwtException bad) {
      return new Finding.Bad(reason(bad));
    } catch (MalformedClaimException bad) {
      return new Finding.Bad("claims");
    }
  }

  private Finding accepted(JwtClaims claims) throws MalformedClaimException {
    if (!(claims.getClaimValue(settings.nameClaim()) instanceof String name) || !usable(name)) {
      return new Finding.Bad("no_name");
    }
    Map<String, String> attributes = new HashMap<>();
    settings
        .attributes()
        .forEach(
            (attribute, claim) -> {
              Object value = claims.getClaimValue(claim);
              if (value instanceof String || value instanceof Number || value instanceof Boolean) {
                attributes.put(attribute, value.toString());
              }
            });
    Instant until =
        Instant.ofEpochSecond(claims.getExpirationTime().getValue()).plusSeconds(SKEW_SECONDS);
    return new Finding.Good(
        new AuthResult.Accepted(
            name, groups(claims), "jwt", Optional.empty(), attributes, Optional.of(until)));
  }

  private Set<String> groups(JwtClaims claims) {
    if (settings.groupsClaim().isEmpty()) return Set.of();
    Object value = claims.getClaimValue(settings.groupsClaim().get());
    List<String> names = new ArrayList<>();
    if (value instanceof String text) {
      names.addAll(List.of(text.strip().split(" +")));
    } else if (value instanceof List<?> list) {
      for (Object each : list) if (each instanceof String text) names.add(text);
    }
    Set<String> groups = new HashSet<>();
    for (String each : names) {
      if (usable(each) && groups.size() < VALUES_MAX) groups.add(each);
    }
    return groups;
  }

  private static boolean usable(String name) {
    int bytes = name.getBytes(StandardCharsets.UTF_8).length;
    return bytes >= 1 && bytes <= NAME_BYTES_MAX && name.chars().noneMatch(Character::isISOControl);
  }

  private static String reason(InvalidJwtException bad) {
    if (bad.hasExpired()) return "expired";
    if (bad.hasErrorCode(ErrorCodes.EXPIRATION_MISSING)) return "no_expiry";
    if (bad.hasErrorCode(ErrorCodes.NOT_YET_VALID)) return "not_yet";
    if (bad.hasErrorCode(ErrorCodes.AUDIENCE_MISSING)) return "audience";
    if (bad.hasErrorCode(ErrorCodes.AUDIENCE_INVALID)) return "audience";
    if (bad.hasErrorCode(ErrorCodes.ISSUER_MISSING)) return "issuer";
    if (bad.hasErrorCode(ErrorCodes.ISSUER_INVALID)) return "issuer";
    if (bad.hasErrorCode(ErrorCodes.SIGNATURE_INVALID)) return "signature";
    return "claims";
  }
}
