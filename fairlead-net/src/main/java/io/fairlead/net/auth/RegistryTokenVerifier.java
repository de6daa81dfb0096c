package io.fairlead.net.auth;

import io.fairlead.core.access.Membership;
import io.fairlead.core.identity.NodeKey;
import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.Watch;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jose4j.json.JsonUtil;
import org.jose4j.lang.JoseException;
import org.jspecify.annotations.Nullable;

/**
 * Checks tokens that a member signed with the Ed25519 key of its own entry. The key is found by
 * {@code sub}, or by the user name where the token has none; the header chooses nothing.
 * Thread-safe.
 *
 * @see <a href="https://www.rfc-editor.org/rfc/rfc7515">RFC 7515</a>
 * @see <a href="https://www.rfc-editor.org/rfc/rfc8037">RFC 8037</a>
 */
public final class RegistryTokenVerifier implements TokenVerifier {
  private static final int TOKEN_MAX = 2048;
  private static final int SKEW_SECONDS = 30;
  private static final int SIGNATURE_BYTES = 64;

  private final RegistryTokenSettings settings;
  private final Supplier<String> gateway;
  private final MemberIndex members;
  private final Clock clock;

  /**
   * @param gateway its name, which tokens are meant for where the settings say nothing else
   */
  public RegistryTokenVerifier(
      RegistryTokenSettings settings,
      Supplier<String> gateway,
      Watch<Membership> membership,
      Clock clock) {
    this.settings = settings;
    this.gateway = gateway;
    this.members = new MemberIndex(membership, settings.source());
    this.clock = clock;
  }

  @Override
  public Finding verify(Credentials credentials) {
    String token = credentials.password().reveal();
    if (token.length() > TOKEN_MAX || !TokenVerifier.looksLikeToken(token)) {
      return new Finding.NotMine();
    }
    int first = token.indexOf('.');
    int second = token.lastIndexOf('.');
    Map<String, Object> header = json(token.substring(0, first));
    Map<String, Object> claims = json(token.substring(first + 1, second));
    if (header == null || claims == null) return new Finding.NotMine();
    Object algorithm = header.get("alg");
    if (!"EdDSA".equals(algorithm) && !"Ed25519".equals(algorithm)) return new Finding.NotMine();
    Object subject = claims.get("sub");
    String name = subject == null ? credentials.user() : subject.toString();
    Optional<MemberIndex.Keyed> found = members.find(name);
    if (found.isEmpty()) return new Finding.NotMine();
    MemberIndex.Keyed member = found.get();
    if (header.containsKey("crit")) return new Finding.Bad("critical_header");
    byte[] signed = token.substring(0, second).getBytes(StandardCharsets.US_ASCII);
    if (!signed(member.key(), signed, token.substring(second + 1))) {
      return new Finding.Bad("signature");
    }
    String user = credentials.user();
    String peerId = member.key().peerId();
    boolean same = user.isEmpty() || user.equals(peerId) || user.equals(member.id().id());
    return same ? judged(member, peerId, claims) : new Finding.Bad("other_user");
  }

  private Finding judged(MemberIndex.Keyed member, String peerId, Map<String, Object> claims) {
    if (!meantForUs(claims.get("aud"))) return new Finding.Bad("audience");
    long now = clock.wall().getEpochSecond();
    if (!(claims.get("exp") instanceof Number end)) return new Finding.Bad("no_expiry");
    long until = end.longValue();
    if (until + SKEW_SECONDS <= now) return new Finding.Bad("expired");
    if (until - SKEW_SECONDS > now + settings.lifetimeMax().toSeconds()) {
      return new Finding.Bad("lives_too_long");
    }
    for (String claim : List.of("nbf", "iat")) {
      Object since = claims.get(claim);
      if (since == null) continue;
      if (!(since instanceof Number from)) return new Finding.Bad("claims");
      if (from.longValue() - SKEW_SECONDS > now) return new Finding.Bad("not_yet");
    }
    return new Finding.Good(
        new AuthResult.Accepted(
            peerId,
            members.groupOf(member.id()).map(Set::of).orElse(Set.of()),
            "registry",
            Optional.of(member.id()),
            Map.of(),
            Optional.of(Instant.ofEpochSecond(until + SKEW_SECONDS))));
  }

  private boolean meantForUs(@Nullable Object audience) {
    List<String> ours =
        settings.audience().isEmpty() ? List.of(gateway.get()) : settings.audience();
    if (audience instanceof String one) return ours.contains(one);
    return audience instanceof List<?> several && several.stream().anyMatch(ours::contains);
  }

  private static boolean signed(NodeKey key, byte[] text, String signature) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(signature);
      if (bytes.length != SIGNATURE_BYTES) return false;
      Signature check = Signature.getInstance("Ed25519");
      check.initVerify(
          KeyFactory.getInstance("Ed25519")
              .generatePublic(new X509EncodedKeySpec(key.subjectPublicKeyInfo())));
      check.update(text);
      return check.verify(bytes);
    } catch (GeneralSecurityException | IllegalArgumentException bad) {
      return false;
    }
  }

  /** An object; null: none, or one that says something twice. */
  private static @Nullable Map<String, Object> json(String part) {
    try {
      byte[] bytes = Base64.getUrlDecoder().decode(part);
      return JsonUtil.parseJson(new String(bytes, StandardCharsets.UTF_8));
    } catch (JoseException | IllegalArgumentException noObject) {
      return null;
    }
  }
}
