package io.fairlead.net.http2;

import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.Fields;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.codec.FieldSyntax;
import io.fairlead.net.http.codec.Reject;
import io.netty.util.AsciiString;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A request's head on a stream (RFC 9113 §8.3, §8.5; RFC 8441 §4), checked in full when it is made.
 * {@link #malformed} heads lead to a stream error, those with a {@link #refusal} to an answer; both
 * show nothing else. Confined to one event loop.
 *
 * <p>To a handler an extended CONNECT for a web socket looks like the GET it means, with a key of
 * its own, and a request on a proxy's port as if its target were absolute.
 */
final class StreamHead implements RequestHead {
  private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
  private static final AsciiString KEY = AsciiString.cached("sec-websocket-key");
  private static final AsciiString CONTINUE = AsciiString.cached("100-continue");

  private final StreamFields fields;
  private final boolean secure;
  private final boolean proxy;
  private boolean malformed;
  private @Nullable Reject refusal;
  private String method = "";
  private String authority = "";
  private String path = "";
  private String scheme = "";
  private boolean websocket;
  private boolean expectsContinue;
  private boolean takesTrailers;
  private long contentLength = -1;
  private int droppedAliases;
  private BodyLength body = BodyLength.NONE;

  private @Nullable AsciiString methodText;
  private @Nullable AsciiString schemeText;
  private @Nullable AsciiString authorityText;
  private @Nullable AsciiString pathText;
  private @Nullable AsciiString protocolText;
  private @Nullable AsciiString hostText;

  /**
   * @param ends whether the request ends with its head
   * @param webSocketKey supplies a key for an extended CONNECT, which has none
   */
  StreamHead(
      HeaderList list,
      boolean ends,
      boolean secure,
      HttpSettings rules,
      Supplier<String> webSocketKey) {
    this.secure = secure;
    this.proxy = rules.allowConnect();
    this.fields = new StreamFields(list.size());
    read(list, rules);
    if (!malformed) settle(ends, rules, webSocketKey);
  }

  /** Whether the stream must be reset with PROTOCOL_ERROR. */
  boolean malformed() {
    return malformed;
  }

  /** What it is answered with; null when it may be handled. */
  @Nullable Reject refusal() {
    return refusal;
  }

  /** {@code Content-Length}, or -1. */
  long contentLength() {
    return contentLength;
  }

  int droppedAliases() {
    return droppedAliases;
  }

  // ---- reading ----------------------------------------------------------------------------

  private void read(HeaderList list, HttpSettings rules) {
    boolean regular = false;
    for (int i = 0; i < list.size() && !malformed; i++) {
      AsciiString name = list.nameAt(i);
      AsciiString value = list.valueAt(i);
      if (!name.isEmpty() && name.byteAt(0) == ':') {
        malformed = regular || !pseudo(name, value);
      } else {
        regular = true;
        field(name, value, rules);
      }
    }
    if (list.size() > rules.fieldsMax() + 5) refuse(Reject.TOO_MANY_FIELDS);
  }

  /** Returns whether it may stand there. */
  private boolean pseudo(AsciiString name, AsciiString value) {
    switch (name.toString()) {
      case ":method" -> {
        if (methodText != null) return false;
        methodText = value;
      }
      case ":scheme" -> {
        if (schemeText != null) return false;
        schemeText = value;
      }
      case ":authority" -> {
        if (authorityText != null) return false;
        authorityText = value;
      }
      case ":path" -> {
        if (pathText != null) return false;
        pathText = value;
      }
      case ":protocol" -> {
        if (protocolText != null) return false;
        protocolText = value;
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private void field(AsciiString name, AsciiString value, HttpSettings rules) {
    if (!FieldCheck.wellFormed(name, value)) {
      malformed = true;
      return;
    }
    if (name.length() + value.length() > rules.fieldMax().bytes()) refuse(Reject.FIELD_TOO_LARGE);
    if (rules.underscoreFields() != HttpSettings.Underscore.ALLOW && FieldSyntax.alias(name)) {
      if (rules.underscoreFields() == HttpSettings.Underscore.REJECT) refuse(Reject.ALIAS_FIELD);
      droppedAliases++;
      return;
    }
    switch (name.length()) {
      case 2 -> takesTrailers |= name.contentEquals("te");
      case 4 -> {
        if (name.contentEquals("host")) {
          if (hostText != null) refuse(Reject.DUPLICATE_HOST);
          hostText = value;
        }
      }
      case 6 -> {
        if (name.contentEquals("expect")) {
          if (value.contentEqualsIgnoreCase(CONTINUE)) expectsContinue = true;
          else refuse(Reject.UNSUPPORTED_EXPECTATION);
        }
      }
      case 14 -> {
        if (name.contentEquals("content-length")) {
          long length = FieldSyntax.length(value);
          if (length < 0 || contentLength >= 0) malformed = true;
          contentLength = length;
        }
      }
      case 17 -> {
        if (name.contentEquals("sec-websocket-key")) return; // there is none on this wire
      }
      default -> {}
    }
    fields.add(name, value);
  }

  // ---- the whole --------------------------------------------------------------------------

  private void settle(boolean ends, HttpSettings rules, Supplier<String> webSocketKey) {
    AsciiString verb = methodText;
    if (verb == null || !FieldSyntax.token(verb)) {
      malformed = true;
      return;
    }
    method = verb.toString();
    boolean connect = method.equals("CONNECT");
    if (connect && protocolText != null) {
      extended(protocolText, ends, rules, webSocketKey);
    } else if (connect) {
      tunnel();
    } else {
      malformed |= protocolText != null || !targetWellFormed();
    }
    if (malformed) return;
    host();
    if (method.equals("TRACE") || (connect && !websocket && !rules.allowConnect())) {
      refuse(Reject.METHOD_NOT_ALLOWED);
    }
    if (path.length() > rules.requestLineMax().bytes()) refuse(Reject.REQUEST_LINE_TOO_LONG);
    if (ends && contentLength > 0) {
      malformed = true;
    } else if (!ends && !connect) {
      body = contentLength >= 0 ? new BodyLength.Fixed(contentLength) : BodyLength.CHUNKED;
    } else if (contentLength == 0 && !connect) {
      body = new BodyLength.Fixed(0);
    }
    expectsContinue &= !ends && contentLength != 0;
    methodText = null;
    schemeText = null;
    pathText = null;
    protocolText = null;
    hostText = null;
  }

  private void extended(
      AsciiString protocol, boolean ends, HttpSettings rules, Supplier<String> webSocketKey) {
    // Asked for though we never offered it: the codec does not look.
    malformed |= !rules.http2().extendedConnect() || authorityText == null || !targetWellFormed();
    if (malformed) return;
    if (!protocol.contentEqualsIgnoreCase(WEBSOCKET)) {
      refuse(Reject.UNSUPPORTED_PROTOCOL);
      return;
    }
    malformed |= ends || contentLength >= 0;
    websocket = true;
    method = "GET";
    fields.add(KEY, new AsciiString(webSocketKey.get()));
  }

  private void tunnel() {
    AsciiString to = authorityText;
    malformed |= schemeText != null || pathText != null || to == null;
    if (to == null) return;
    if (!FieldSyntax.authority(to) || !FieldSyntax.hasPort(to)) refuse(Reject.BAD_TARGET);
    if (contentLength >= 0) refuse(Reject.CONNECT_WITH_BODY);
  }

  /** Returns whether scheme and path are well formed. */
  private boolean targetWellFormed() {
    AsciiString way = pathText;
    AsciiString by = schemeText;
    if (way == null || by == null || !FieldSyntax.target(way)) return false;
    boolean asterisk = way.length() == 1 && way.byteAt(0) == '*' && method.equals("OPTIONS");
    if (way.byteAt(0) != '/' && !asterisk) return false;
    path = way.toString();
    scheme = by.toLowerCase().toString();
    return scheme.equals("http") || scheme.equals("https");
  }

  private void host() {
    AsciiString named = authorityText;
    AsciiString host = hostText;
    if (named != null && host != null && !named.contentEqualsIgnoreCase(host)) {
      refuse(Reject.AUTHORITY_MISMATCH);
      return;
    }
    AsciiString chosen = named != null ? named : host;
    if (chosen == null) {
      refuse(Reject.MISSING_HOST);
    } else if (!FieldSyntax.authority(chosen)) {
      refuse(Reject.BAD_HOST);
    } else {
      authority = chosen.toLowerCase().toString();
      if (authority.endsWith(":")) authority = authority.substring(0, authority.length() - 1);
    }
  }

  private void refuse(Reject why) {
    if (refusal == null) refusal = why;
  }

  // ---- what handlers see ------------------------------------------------------------------

  @Override
  public String method() {
    return method;
  }

  @Override
  public String target() {
    return switch (form()) {
      case AUTHORITY -> authority;
      case ABSOLUTE -> scheme + "://" + authority + path;
      case ORIGIN, ASTERISK -> path;
    };
  }

  @Override
  public TargetForm form() {
    if (method.equals("CONNECT")) return TargetForm.AUTHORITY;
    if (proxy) return TargetForm.ABSOLUTE;
    return path.equals("*") ? TargetForm.ASTERISK : TargetForm.ORIGIN;
  }

  @Override
  public String scheme() {
    return proxy ? scheme : secure ? "https" : "http";
  }

  @Override
  public String authority() {
    return authority;
  }

  @Override
  public String pathAndQuery() {
    return path;
  }

  @Override
  public int minorVersion() {
    return 1;
  }

  @Override
  public Fields fields() {
    return fields;
  }

  @Override
  public BodyLength body() {
    return body;
  }

  @Override
  public boolean keepAlive() {
    return true;
  }

  @Override
  public boolean upgradesToWebSocket() {
    return websocket;
  }

  @Override
  public boolean takesTrailers() {
    return takesTrailers;
  }

  @Override
  public boolean expectsContinue() {
    return expectsContinue;
  }
}
