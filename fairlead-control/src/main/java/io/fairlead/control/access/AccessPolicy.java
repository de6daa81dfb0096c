package io.fairlead.control.access;

import io.fairlead.control.access.Decision.Allowed;
import io.fairlead.control.access.Decision.AskPeer;
import io.fairlead.control.access.Decision.Refused;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.OptionalInt;
import java.util.Set;

/**
 * Decides who may use the control API. Pure and immutable; any thread.
 *
 * <pre>
 * Host is not ours                                 Refused 403 bad_host
 * GET or HEAD /                                    Allowed PUBLIC
 * short path, turned off                           Refused 404 not_found
 * short path, a browser's mark                     Refused 403 short_path_refused
 * short path, unix uid or token                    Allowed ADMIN, or Refused 403 / 401
 * short path, neither: GET from loopback           AskPeer --ours--> Allowed ADMIN
 *                                                          --else--> Refused 403 short_path_refused
 * Origin or Sec-Fetch-Site from elsewhere          Refused 403 cross_origin
 * unix uid or token                                Allowed ADMIN, or Refused 403 / 401
 * health                                           Allowed PUBLIC
 * anything else                                    Refused 401 unauthorized
 * </pre>
 *
 * Whether a path exists and takes the method is the router's question, asked of those allowed in.
 *
 * <p>Why so strict on loopback: a page in any browser on this machine can send {@code GET
 * http://127.0.0.1:8837/stop}, and a name that resolves to 127.0.0.1 makes its answers readable.
 */
public final class AccessPolicy {
  private static final Set<String> SHORT_PATHS = Set.of("/now", "/adapt", "/reload", "/stop");
  private static final Set<String> HEALTH_PATHS = Set.of("/livez", "/readyz", "/healthz");
  private static final String HINT =
      "use the unix socket, or /v1 with the token of <state_dir>/control.token";

  private final OptionalInt ownUid;
  private final Set<Integer> allowUids;
  private final ControlToken token;
  private final boolean shortPaths;

  /**
   * @param ownUid of this process; where unknown, nobody's uid counts but root's and the allowed
   * @param allowUids further uids on the unix socket
   */
  public AccessPolicy(
      OptionalInt ownUid, Set<Integer> allowUids, ControlToken token, boolean shortPaths) {
    this.ownUid = ownUid;
    this.allowUids = Set.copyOf(allowUids);
    this.token = token;
    this.shortPaths = shortPaths;
  }

  /** Whether the path is one of the short ones. */
  public static boolean isShort(String path) {
    return SHORT_PATHS.contains(path);
  }

  /** The first question. */
  public Decision decide(Knock knock) {
    if (!hostIsOurs(knock)) {
      return new Refused(
          403, "bad_host", "this name is not served here", "use 127.0.0.1, [::1] or localhost");
    }
    if (knock.path().equals("/") && safe(knock)) return anyone();
    if (isShort(knock.path())) return decideShort(knock);
    if (fromElsewhere(knock)) {
      return new Refused(403, "cross_origin", "requests of other origins are refused", "");
    }
    if (knock.door() instanceof Door.Unix unix) return decideUnix(unix);
    if (!knock.authorizations().isEmpty()) return decideToken(knock);
    if (HEALTH_PATHS.contains(knock.path()) && safe(knock)) return anyone();
    return unauthorized("a token is needed");
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
    if (!shortPaths) return new Refused(404, "not_found", "short paths are turned off", HINT);
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
      if (ownOrRoot(uid) || allowUids.contains(uid)) {
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
      if (value.regionMatches(true, 0, "Bearer ", 0, 7)
          && token.matches(value.substring(7).trim())) {
        return new Allowed("control.token", Role.ADMIN, false);
      }
    }
    return unauthorized("the token is not valid");
  }

  private boolean ownOrRoot(int uid) {
    return uid == 0 || (ownUid.isPresent() && ownUid.getAsInt() == uid);
  }

  private static boolean hostIsOurs(Knock knock) {
    return switch (knock.door()) {
      case Door.Tcp(_, InetSocketAddress local) ->
          LoopbackHost.names(knock.authority(), local.getPort());
      case Door.Unix _ -> LoopbackHost.names(knock.authority());
    };
  }

  private static boolean fromElsewhere(Knock knock) {
    String own = "http://" + knock.authority();
    return knock.origins().stream().anyMatch(origin -> !origin.equalsIgnoreCase(own))
        || knock.fetchSites().stream().anyMatch(site -> !site.equals("same-origin"));
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
