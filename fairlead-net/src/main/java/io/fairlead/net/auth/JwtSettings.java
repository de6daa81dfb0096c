package io.fairlead.net.auth;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Secret;
import io.fairlead.net.NetCodes;
import java.net.InetAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * How signed tokens of an identity provider are accepted in the place of a password.
 *
 * @param jwks the provider's keys: a URL or a file
 * @param secret a key that the provider and this gateway share, for the HS algorithms
 * @param algorithms what a token may be signed with
 * @param issuer who must have made it
 * @param audience it must be meant for one of these
 * @param nameClaim the claim that names the account
 * @param groupsClaim the claim that lists its groups
 * @param attributes attribute name to the claim it comes from
 */
public record JwtSettings(
    Optional<Jwks> jwks,
    Optional<Secret> secret,
    List<String> algorithms,
    Optional<String> issuer,
    List<String> audience,
    String nameClaim,
    Optional<String> groupsClaim,
    Map<String, String> attributes) {
  /** Where keys are. */
  public sealed interface Jwks {
    /** {@code https}, or {@code http} on this machine. */
    record Url(URI url) implements Jwks {}

    record File(Path path) implements Jwks {}
  }

  private record Claims(String client, Optional<String> groups, Map<String, String> attributes) {}

  private static final List<String> SIGNED_BY_KEY = List.of("RS256", "PS256", "ES256", "EdDSA");
  private static final List<String> KNOWN =
      List.of(
          "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
          "HS256", "HS384", "HS512");

  private static final ConfigType<String> ALGORITHM =
      Types.literal(
          Codes.NOT_A_CHOICE,
          "a JWS algorithm such as ES256",
          Map.of("enum", KNOWN),
          text -> KNOWN.contains(text) ? Optional.of(text) : Optional.empty(),
          text -> text);

  private static final ConfigType<Jwks.Url> JWKS_URL =
      Types.literal(
          Codes.BAD_URL,
          "an https URL",
          Map.of("type", "string"),
          JwtSettings::url,
          keys -> keys.url().toString());

  private static final ConfigType<Jwks.File> JWKS_FILE =
      Types.path().mapped(NetCodes.TOKEN_KEYS, JwtSettings::file, Jwks.File::path);

  private static final ConfigType<Jwks> JWKS =
      Types.<Jwks>oneOf("a URL or a file", JWKS_URL, JWKS_FILE);

  private static final RecordType<Claims> CLAIMS =
      RecordType.define(
          "jwt_claims",
          "Which claims of a token say what.",
          f -> {
            Field<String> client =
                f.key("client", Types.string(), "The claim that names the account.").orElse("sub");
            Field<Optional<String>> groups =
                f.key(
                        "groups",
                        Types.string(),
                        "The claim that lists the account's groups, or holds them as one text"
                            + " with spaces.")
                    .optional();
            Field<Map<String, String>> attributes =
                f.key(
                        "attributes",
                        Types.stringMap(),
                        "More to remember of the client: attribute name to claim.")
                    .example("{ tenant: org_id }")
                    .orElse(Map.of());
            return v -> new Claims(v.get(client), v.get(groups), v.get(attributes));
          });

  /** The keys, to be put into a record of their owner. */
  public static final RecordType<JwtSettings> TYPE =
      RecordType.define(
          "jwt",
          "Signed tokens (RFC 7519) in the place of a password.",
          f -> {
            Field<Optional<Jwks>> jwks =
                f.key(
                        "jwks",
                        JWKS,
                        "The signers' public keys (RFC 7517): an https URL, read again every ten"
                            + " minutes and when a token names a new key, or a file.")
                    .example("https://idp.example/jwks")
                    .optional();
            Field<Optional<Secret>> secret =
                f.key(
                        "secret",
                        Types.secret(),
                        "The key of HS256, HS384 and HS512, at least 32, 48 and 64 bytes.")
                    .optional();
            Field<Optional<List<String>>> algorithms =
                f.key(
                        "algorithms",
                        Types.listOf(ALGORITHM),
                        "What tokens may be signed with; RS256, PS256, ES256 and EdDSA when left"
                            + " out, HS256 with a `secret`.")
                    .optional();
            Field<Optional<String>> issuer =
                f.key("issuer", Types.string(), "What `iss` must be.").optional();
            Field<List<String>> audience =
                f.key(
                        "audience",
                        Types.listOf(Types.string()),
                        "`aud` must name one of these, so that a token for somebody else is none"
                            + " for us.")
                    .example("[mqtt]")
                    .required();
            Field<Claims> claims =
                f.key("claims", CLAIMS, "Which claims of a token say what.")
                    .orElse(CLAIMS.defaults());
            f.exactlyOneOf(jwks, secret);
            f.check(
                (v, checks) -> {
                  boolean shared = v.get(secret).isPresent();
                  for (String each : v.get(algorithms).orElse(List.of())) {
                    if (each.startsWith("HS") == shared) continue;
                    checks.error(
                        algorithms,
                        NetCodes.TOKEN_ALGORITHM,
                        each + " does not go with " + (shared ? "`secret`" : "`jwks`"),
                        shared ? "write HS256" : "leave it out: a public key is no secret");
                  }
                  int least =
                      v.get(algorithms).orElse(List.of()).stream()
                          .mapToInt(JwtSettings::secretBytes)
                          .max()
                          .orElse(32);
                  if (shared && bytes(v.get(secret).get()) < least) {
                    checks.error(
                        secret,
                        NetCodes.TOKEN_ALGORITHM,
                        "the secret is shorter than " + least + " bytes",
                        "make one: openssl rand -base64 64");
                  }
                });
            return v ->
                new JwtSettings(
                    v.get(jwks),
                    v.get(secret),
                    v.get(algorithms)
                        .orElse(v.get(secret).isPresent() ? List.of("HS256") : SIGNED_BY_KEY),
                    v.get(issuer),
                    v.get(audience),
                    v.get(claims).client(),
                    v.get(claims).groups(),
                    v.get(claims).attributes());
          });

  public JwtSettings {
    algorithms = List.copyOf(algorithms);
    audience = List.copyOf(audience);
    attributes = Map.copyOf(attributes);
  }

  /** Whether every token that {@code other} accepts is accepted, and says the same of its owner. */
  public boolean includes(JwtSettings other) {
    return jwks.equals(other.jwks)
        && secret.equals(other.secret)
        && algorithms.containsAll(other.algorithms)
        && (issuer.isEmpty() || issuer.equals(other.issuer))
        && audience.containsAll(other.audience)
        && nameClaim.equals(other.nameClaim)
        && groupsClaim.equals(other.groupsClaim)
        && attributes.equals(other.attributes);
  }

  /** The file it reads, if it reads one. */
  public Optional<Path> file() {
    return jwks.filter(Jwks.File.class::isInstance).map(keys -> ((Jwks.File) keys).path());
  }

  private static Optional<Jwks.Url> url(String text) {
    try {
      URI url = URI.create(text);
      if (url.getHost() == null) return Optional.empty();
      boolean here = "http".equals(url.getScheme()) && loopback(url.getHost());
      return "https".equals(url.getScheme()) || here
          ? Optional.of(new Jwks.Url(url))
          : Optional.empty();
    } catch (IllegalArgumentException notOne) {
      return Optional.empty();
    }
  }

  private static Jwks.File file(Path path) {
    if (path.toString().contains(":/")) {
      throw new IllegalArgumentException("an https URL, or a file");
    }
    return new Jwks.File(path);
  }

  /** RFC 7518 §3.2: as long as the digest, or longer. */
  private static int secretBytes(String algorithm) {
    return algorithm.startsWith("HS") ? Integer.parseInt(algorithm.substring(2)) / 8 : 0;
  }

  private static int bytes(Secret secret) {
    return secret.reveal().getBytes(StandardCharsets.UTF_8).length;
  }

  private static boolean loopback(String host) {
    if (host.equals("localhost")) return true;
    try {
      return InetAddress.ofLiteral(host).isLoopbackAddress();
    } catch (IllegalArgumentException aName) {
      return false;
    }
  }
}
