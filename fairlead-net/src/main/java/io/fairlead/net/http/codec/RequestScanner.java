package io.fairlead.net.http.codec;

import org.jspecify.annotations.Nullable;

/**
 * A request's head: request line, the four target forms, {@code Host} and body framing (RFC 9112
 * §3, §6). After {@link HeadScanner.Progress#COMPLETE} everything it says is well formed.
 */
public final class RequestScanner extends HeadScanner {
  /** Form of the request-target. */
  public enum Form {
    ORIGIN,
    ABSOLUTE,
    AUTHORITY,
    ASTERISK
  }

  /** What a field name with {@code _} or {@code .} leads to. */
  public enum Aliases {
    DROP,
    KEEP,
    REJECT
  }

  private static final String[] METHODS = {
    "GET", "POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "CONNECT", "TRACE"
  };
  private static final byte[] CONTINUE = Octet.bytes("100-continue");
  private static final byte[] HTTP = Octet.bytes("http");
  private static final byte[] HTTPS = Octet.bytes("https");

  private Aliases aliases;
  private boolean strictAuthority;

  private String method = "";
  private Form form = Form.ORIGIN;
  private boolean secureTarget;
  private int targetStart;
  private int targetEnd;
  private int authorityStart;
  private int authorityEnd;
  private int pathStart;
  private boolean expectsContinue;
  private final LastText lastTarget = new LastText();
  private final LastText lastAuthority = new LastText();
  private @Nullable String target;
  private @Nullable String authority;
  private @Nullable String pathAndQuery;

  public RequestScanner(HeadLimits limits, Aliases aliases, boolean strictAuthority) {
    super(limits);
    this.aliases = aliases;
    this.strictAuthority = strictAuthority;
  }

  /** Ready for another request, possibly of another connection with other rules. */
  public void reset(HeadLimits nextLimits, Aliases nextAliases, boolean nextStrictAuthority) {
    limits(nextLimits);
    aliases = nextAliases;
    strictAuthority = nextStrictAuthority;
    clear();
    method = "";
    expectsContinue = false;
    target = null;
    authority = null;
    pathAndQuery = null;
  }

  public String method() {
    return method;
  }

  public Form form() {
    return form;
  }

  /** Whether an absolute-form target has scheme {@code https}. */
  public boolean secureTarget() {
    return secureTarget;
  }

  /** As received. */
  public String target() {
    String text = target;
    if (text == null) target = text = lastTarget.of(bytes, targetStart, targetEnd);
    return text;
  }

  /** Of the target, else {@code Host}; lower case; empty only in HTTP/1.0. */
  public String authority() {
    String text = authority;
    if (text == null) {
      String last = lastAuthority.same(bytes, authorityStart, authorityEnd);
      text = last == null ? lowerCase(authorityStart, authorityEnd) : last;
      if (last == null) lastAuthority.keep(bytes, authorityStart, authorityEnd, text);
      authority = text;
    }
    return text;
  }

  /** Origin-form of the target; {@code "*"} or {@code ""} where it has none. */
  public String pathAndQuery() {
    String text = pathAndQuery;
    if (text == null) pathAndQuery = text = path();
    return text;
  }

  public boolean expectsContinue() {
    return expectsContinue;
  }

  /** Whether this is a handshake that may lead to a web socket (RFC 6455 §4.1). */
  public boolean upgradesToWebSocket() {
    return method.equals("GET") && !chunked() && contentLength() <= 0 && namesWebSocket();
  }

  @Override
  int emptyLinesMax() {
    return 2;
  }

  @Override
  @Nullable Boolean aliasDropped() {
    return switch (aliases) {
      case DROP -> Boolean.TRUE;
      case REJECT -> Boolean.FALSE;
      case KEEP -> null;
    };
  }

  @Override
  @Nullable Reject startLine(int from, int to) {
    int space = Octet.indexOf(bytes, from, to, ' ');
    if (space <= from) return Reject.BAD_REQUEST_LINE;
    if (!Octet.all(bytes, from, space, Octet.TOKEN)) return Reject.BAD_METHOD;
    int second = Octet.indexOf(bytes, space + 1, to, ' ');
    if (second <= space + 1) return Reject.BAD_REQUEST_LINE;
    if (Octet.indexOf(bytes, second + 1, to, ' ') >= 0
        || Octet.indexOf(bytes, from, to, '\t') >= 0) {
      return Reject.BAD_REQUEST_LINE;
    }
    Reject bad = version(second + 1, to);
    if (bad != null) return bad;
    method = method(from, space);
    targetStart = space + 1;
    targetEnd = second;
    return target(targetStart, targetEnd);
  }

  @Override
  @Nullable Reject complete() {
    Reject bad = framing();
    if (bad != null) return bad;
    if (chunked() && minorVersion() == 0) return Reject.ENCODING_IN_HTTP10;
    if (form == Form.AUTHORITY && hasBodyFields()) return Reject.CONNECT_WITH_BODY;
    bad = host();
    if (bad != null) return bad;
    return expectation();
  }

  private String method(int from, int to) {
    for (String known : METHODS) {
      if (known.length() != to - from) continue;
      int i = 0;
      while (i < known.length() && bytes[from + i] == known.charAt(i)) i++;
      if (i == known.length()) return known;
    }
    return Octet.string(bytes, from, to);
  }

  private @Nullable Reject target(int from, int to) {
    if (!Octet.all(bytes, from, to, Octet.TARGET)) return Reject.BAD_TARGET;
    authorityStart = 0;
    authorityEnd = 0;
    pathStart = from;
    if (method.equals("CONNECT")) {
      form = Form.AUTHORITY;
      pathStart = to;
      return connectTarget(from, to);
    }
    if (bytes[from] == '/') {
      form = Form.ORIGIN;
      return null;
    }
    if (bytes[from] == '*' && to - from == 1) {
      form = Form.ASTERISK;
      return method.equals("OPTIONS") ? null : Reject.BAD_TARGET;
    }
    form = Form.ABSOLUTE;
    return absolute(from, to);
  }

  private @Nullable Reject connectTarget(int from, int to) {
    int colon = AuthoritySyntax.portColon(bytes, from, to);
    if (colon < 0 || colon + 1 == to || !authorityValid(from, to)) return Reject.BAD_TARGET;
    if (AuthoritySyntax.port(bytes, colon + 1, to) == 0) return Reject.BAD_TARGET;
    authorityStart = from;
    authorityEnd = to;
    return null;
  }

  private @Nullable Reject absolute(int from, int to) {
    int colon = Octet.indexOf(bytes, from, to, ':');
    if (colon < 0 || to - colon < 4 || bytes[colon + 1] != '/' || bytes[colon + 2] != '/') {
      return Reject.BAD_TARGET;
    }
    secureTarget = Octet.same(bytes, from, colon, HTTPS);
    if (!secureTarget && !Octet.same(bytes, from, colon, HTTP)) return Reject.BAD_TARGET;
    int start = colon + 3;
    int stop = start;
    while (stop < to && bytes[stop] != '/' && bytes[stop] != '?') stop++;
    if (!authorityValid(start, stop)) return Reject.BAD_TARGET;
    authorityStart = start;
    authorityEnd = withoutEmptyPort(start, stop);
    pathStart = stop;
    return null;
  }

  private @Nullable Reject host() {
    if (hostFields > 1) return Reject.DUPLICATE_HOST;
    if (hostFields == 0) return minorVersion() == 0 ? null : Reject.MISSING_HOST;
    int from = valueStart(hostField);
    int to = valueEnd(hostField);
    if (from == to && minorVersion() == 0) return null;
    if (!authorityValid(from, to)) return Reject.BAD_HOST;
    int stop = withoutEmptyPort(from, to);
    if (form == Form.ORIGIN || form == Form.ASTERISK) {
      authorityStart = from;
      authorityEnd = stop;
      return null;
    }
    return strictAuthority && !sameAuthority(from, stop) ? Reject.AUTHORITY_MISMATCH : null;
  }

  private @Nullable Reject expectation() {
    if (expectFields == 0) return null;
    boolean known =
        expectFields == 1
            && Octet.same(bytes, valueStart(expectField), valueEnd(expectField), CONTINUE);
    if (!known) return Reject.UNSUPPORTED_EXPECTATION;
    expectsContinue = minorVersion() >= 1 && (chunked() || contentLength() > 0);
    return null;
  }

  private boolean sameAuthority(int from, int to) {
    if (lowerCase(from, to).equals(authority())) return true;
    String port = form == Form.ABSOLUTE ? (secureTarget ? ":443" : ":80") : "";
    return lowerCase(from, to).concat(port).equals(authority())
        || lowerCase(from, to).equals(authority().concat(port));
  }

  private boolean authorityValid(int from, int to) {
    return AuthoritySyntax.valid(bytes, from, to);
  }

  private int withoutEmptyPort(int from, int to) {
    return to > from && bytes[to - 1] == ':' ? to - 1 : to;
  }

  private String path() {
    return switch (form) {
      case ORIGIN, ASTERISK -> target();
      case AUTHORITY -> "";
      case ABSOLUTE -> {
        if (pathStart == targetEnd) yield method.equals("OPTIONS") ? "*" : "/";
        String rest = Octet.string(bytes, pathStart, targetEnd);
        yield rest.charAt(0) == '?' ? "/" + rest : rest;
      }
    };
  }

  private String lowerCase(int from, int to) {
    for (int i = from; i < to; i++) {
      if (bytes[i] >= 'A' && bytes[i] <= 'Z') {
        byte[] lower = new byte[to - from];
        for (int j = from; j < to; j++) lower[j - from] = Octet.lower(bytes[j]);
        return Octet.string(lower, 0, lower.length);
      }
    }
    return Octet.string(bytes, from, to);
  }
}
