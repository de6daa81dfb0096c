package io.fairlead.control.access;

import io.fairlead.control.access.Decision.Allowed;
import io.fairlead.control.access.Decision.AskPeer;
import io.fairlead.control.access.Decision.Refused;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Decides who may use the control API. Immutable; any thread. All it asks besides is the live table
 * of sessions.
 *
 * <pre>
 * Host is not ours                                 Refused 403 bad_host
 * GET or HEAD / or /ui or below /ui/               Allowed PUBLIC
 * short path, turned off                           Refused 404 not_found
 * short path, a browser's mark                     Refused 403 short_path_refused
 * short path, unix uid or token                    Allowed its role, or Refused 403 / 401
 * short path, neither: GET from loopback           AskPeer --ours--> Allowed ADMIN
 *                                                          --else--> Refused 403 short_path_refused
 * Origin or Sec-Fetch-Site from elsewhere          Refused 403 cross_origin
 * POST /v1/login                                   Allowed PUBLIC
 * unix uid or token                                Allowed its role, or Refused 403 / 401
 * session, reads                                   Allowed its role
 * session, anything else                           the same with its CSRF token, or Refused 403
 * health                                           Allowed PUBLIC
 * anything else                                    Refused 401 unauthorized
 * </pre>
 *
 * Whether a path exists and takes the method is the router's question, asked of those allowed in,
 * and so is whether the role suffices.
 *
 * <p>Why so strict on loopback: a page in any browser on this machine can send {@code GET
 * http://127.0.0.1:8837/stop}, and a name that resolves to 127.0.0.1 makes its answers readable.
 */
public final class AccessPolicy {
  /** Where a password becomes a session. */
  public static final String LOGIN_PATH = "/v1/login";

  /** The code of a refusal whose reason was a wrong token. */
  public static final String BAD_TOKEN = "bad_token";

  private static final Set<String> SHORT_PATHS = Set.of("/now", "/adapt", "/reload", "/stop");
  private static final Set<String> HEALTH_PATHS = Set.of("/livez", "/readyz", "/healthz");
  private static final String HINT =
      "use the unix socket, or /v1 with the token of <state_dir>/control.token";

  // No user's name has a blank.
  private static final String TOKEN_HOLDER = "token ";
  private static final String GENERATED = "the generated token";

  private final OptionalInt ownUid;
  private final ControlToken token;
  private final AccessRules rules;
  private final Sessions sessions;

  /**
   * @param ownUid of this process; where unknown, nobody's uid counts but root's and the allowed
   * @param token the generated one, which is everybody's who can read the state directory
   */
  public AccessPolicy(
      OptionalInt ownUid, ControlToken token, AccessRules rules, Sessions sessions) {
    this.ownUid = ownUid;
    this.token = token;
    this.rules = rules;
    this.sessions = sessions;
  }

  public AccessRules rules() {
    return rules;
  }

  /**
   * For whom a session is opened that shows this token, as {@link #standing} knows it; compared in
   * constant time.
   */
  public Optional<String> holderOf(String shown) {
    Optional<NamedToken> named = NamedToken.find(rules.tokens(), shown);
    if (token.matches(shown)) return Optional.of(GENERATED);
    return named.map(found -> holderOf(found));
  }

  /** The holder of sessions that were opened with this token. */
  public static String holderOf(NamedToken token) {
    return TOKEN_HOLDER + token.name();
  }

  /** What the holder of a session, a user or a token, may do now; empty when it left. */
  public Optional<Allowed> standing(String holder) {
    if (holder.equals(GENERATED)) {
      return Optional.of(new Allowed("control.token", Role.ADMIN, false));
    }
    if (holder.startsWith(TOKEN_HOLDER)) {
      return rules.tokens().stream()
          .filter(named -> holderOf(named).equals(holder))
          .findFirst()
          .map(named -> new Allowed(holder, named.role(), false));
    }
    return Optional.ofNullable(rules.users().get(holder))
        .map(role -> new Allowed("user " + holder, role, false));
  }

  /** Whether the path is one of the short ones. */
  public static boolean isShort(String path) {
    return SHORT_PATHS.contains(path);
  }

  /** The first question. */
  public Decision decide(Knock knock) {
    if (!hostIsOurs(knock)) {
      return new Refused(
          403,
          "bad_host",
          "this name is not served here",
          "use 127.0.0.1, [::1], localhost or a name of control.hosts");
    }
    if (safe(knock) && isForAnyone(knock.path())) return anyone();
    if (isShort(knock.path())) return decideShort(knock);
    if (fromElsewhere(knock)) {
      return new Refused(403, "cross_origin", "requests of other origins are refused", "");
    }
    if (knock.path().equals(LOGIN_PATH) && knock.method().equals("POST")) return anyone();
    if (knock.door() instanceof Door.Unix unix) return decideUnix(unix);
    if (!knock.authorizations().isEmpty()) return decideToken(knock);
    if (knock.session().isPresent()) {
      Optional<Decision> visitor = decideSession(knock, knock.session().get());
      if (visitor.isPresent()) return visitor.get();
    }
    if (HEALTH_PATHS.contains(knock.path()) && safe(knock)) return anyone();
    return unauthorized("a token is needed");
  }

  /** The front page and the files of the dashboard: nothing in them is ours alone. */
  private static boolean isForAnyone(String path) {
    return path.equals("/") || path.equals("/ui") || path.startsWith("/ui/");
  }

  /** The second question, after {@link AskPeer}. */
  public Decision decide(PeerOwner owner) {
    return switch (owner) {
      case PeerOwner.Uid(int uid) when ownOrRoot(uid) ->
          new Allowed("uid " + uid, Role.ADMIN, true);
      case PeerOwner.Uid(_) -> shortRefused("the caller is neither this gateway's user nor root");
      case PeerOwner.Unknown(String reason) -> shortRefused(reason);
    };
  }

  private Decision decideShort(Knock knock) {
    if (!rules.shortPaths())
      return new Refused(404, "not_found", "short paths are turned off", HINT);
    if (knock.browserMarks()) {
      return shortRefused("Origin, Referer, Sec-Fetch-* and Cookie are not accepted here");
    }
    if (knock.door() instanceof Door.Unix unix) return decideUnix(unix);
    if (!knock.authorizations().isEmpty()) return decideToken(knock);
    if (!safe(knock)) return shortRefused("without a token only GET is accepted");
    boolean loopback =
        knock.door() instanceof Door.Tcp(InetSocketAddress peer, InetSocketAddress local)
            && isLoopback(peer)
            && isLoopback(local);
    return loopback ? new AskPeer() : shortRefused("the caller is not on this machine");
  }

  private Decision decideUnix(Door.Unix unix) {
    if (unix.uid().isPresent()) {
      int uid = unix.uid().getAsInt();
      if (ownOrRoot(uid) || rules.allowUids().contains(uid)) {
        return new Allowed("uid " + uid, Role.ADMIN, false);
      }
    }
    return new Refused(
        403,
        "uid_refused",
        "this user may not use the control socket",
        "add it to control.allow_uids");
  }

  private Decision decideToken(Knock knock) {
    if (knock.authorizations().size() == 1) {
      String value = knock.authorizations().getFirst();
      if (value.regionMatches(true, 0, "Bearer ", 0, 7)) {
        String shown = value.substring(7).trim();
        Optional<NamedToken> named = NamedToken.find(rules.tokens(), shown);
        if (token.matches(shown)) return new Allowed("control.token", Role.ADMIN, false);
        if (named.isPresent()) {
          return new Allowed("token " + named.get().name(), named.get().role(), false);
        }
      }
    }
    return new Refused(401, BAD_TOKEN, "the token is not valid", HINT);
  }

  /** Empty when the cookie is nobody's: then the caller is a stranger, not an intruder. */
  private Optional<Decision> decideSession(Knock knock, String key) {
    // A page of another origin that may use tokens has no business with the cookie.
    if (knock.origins().stream().anyMatch(origin -> !isOwnOrigin(knock, origin))) {
      return Optional.empty();
    }
    Optional<Sessions.Visitor> visitor = sessions.find(key);
    if (visitor.isEmpty()) return Optional.empty();
    Optional<Allowed> standing = standing(visitor.get().user());
    if (standing.isEmpty()) return Optional.empty(); // left the configuration
    if (!safe(knock) && !visitor.get().showed(knock.csrf())) {
      return Optional.of(
          new Refused(
              403,
              "csrf_token",
              "X-Fairlead-CSRF is missing or not this session's",
              "send what /v1/session says"));
    }
    return Optional.of(standing.get());
  }

  private boolean ownOrRoot(int uid) {
    return uid == 0 || (ownUid.isPresent() && ownUid.getAsInt() == uid);
  }

  private boolean hostIsOurs(Knock knock) {
    return switch (knock.door()) {
      case Door.Tcp(_, InetSocketAddress local) ->
          LoopbackHost.names(knock.authority(), local.getPort())
              || ServedHost.isLiteralOf(knock.authority(), local)
              || ServedHost.isAmong(knock.authority(), rules.hosts());
      case Door.Unix _ ->
          LoopbackHost.names(knock.authority())
              || ServedHost.isAmong(knock.authority(), rules.hosts());
    };
  }

  private boolean fromElsewhere(Knock knock) {
    boolean foreign = false;
    boolean welcome = false;
    for (String origin : knock.origins()) {
      if (isOwnOrigin(knock, origin)) continue;
      if (rules.corsOrigins().contains(origin)) welcome = true;
      else foreign = true;
    }
    boolean crossSite = knock.fetchSites().stream().anyMatch(site -> !site.equals("same-origin"));
    return foreign || (crossSite && !welcome);
  }

  /**
   * Another proxy may end TLS in front of a name of {@code control.hosts}, and take another port.
   */
  private boolean isOwnOrigin(Knock knock, String origin) {
    String own = (knock.secure() ? "https://" : "http://") + knock.authority();
    if (origin.equalsIgnoreCase(own)) return true;
    return ServedHost.isAmong(knock.authority(), rules.hosts())
        && origin.equalsIgnoreCase("https://" + knock.authority());
  }

  private static boolean safe(Knock knock) {
    return knock.method().equals("GET") || knock.method().equals("HEAD");
  }

  private static boolean isLoopback(InetSocketAddress address) {
    InetAddress resolved = address.getAddress();
    return resolved != null && resolved.isLoopbackAddress();
  }

  private static Decision anyone() {
    return new Allowed("anyone", Role.PUBLIC, false);
  }

  private static Decision unauthorized(String message) {
    return new Refused(401, "unauthorized", message, HINT);
  }

  private static Decision shortRefused(String reason) {
    return new Refused(403, "short_path_refused", reason, HINT);
  }
}
