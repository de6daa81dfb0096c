package io.fairlead.proxy.forward;

import io.fairlead.core.dial.DialException;
import io.fairlead.proxy.codec.SocksReply;
import java.util.Locale;
import java.util.Objects;

/**
 * Why someone does not get what they asked for.
 *
 * @param message what happened, for the client
 * @param hint key and value that would change it, for the operator; may be empty
 */
public record Refusal(Kind kind, String message, String hint) {
  /** Every reason, with its answer in HTTP and in SOCKS 5. SOCKS 4 has one answer, 91. */
  public enum Kind {
    MALFORMED(400, SocksReply.Code.GENERAL_FAILURE, "bad_request"),
    NOT_A_PROXY_REQUEST(400, SocksReply.Code.GENERAL_FAILURE, "not_a_proxy_request"),
    SCHEME_UNSUPPORTED(400, SocksReply.Code.GENERAL_FAILURE, "scheme_unsupported"),
    AUTH_REQUIRED(407, SocksReply.Code.GENERAL_FAILURE, "auth_required"),
    AUTH_FAILED(407, SocksReply.Code.GENERAL_FAILURE, "auth_failed"),
    /** Too many failures from there: no answer, the connection is held and then closed. */
    THROTTLED(429, SocksReply.Code.GENERAL_FAILURE, "auth_throttled"),
    NOT_ENTITLED(403, SocksReply.Code.NOT_ALLOWED, "not_entitled"),
    MODE_DISABLED(403, SocksReply.Code.NOT_ALLOWED, "mode_disabled"),
    ACL_DENIED(403, SocksReply.Code.NOT_ALLOWED, "acl_denied"),
    DESTINATION_DENIED(403, SocksReply.Code.NOT_ALLOWED, "destination_denied"),
    USER_CONNECTIONS(429, SocksReply.Code.GENERAL_FAILURE, "user_connections"),
    METHOD_DISABLED(405, SocksReply.Code.COMMAND_UNSUPPORTED, "method_disabled"),
    COMMAND_UNSUPPORTED(501, SocksReply.Code.COMMAND_UNSUPPORTED, "command_unsupported"),
    ADDRESS_TYPE_UNSUPPORTED(
        400, SocksReply.Code.ADDRESS_TYPE_UNSUPPORTED, "address_type_unsupported"),
    DNS_ERROR(502, SocksReply.Code.HOST_UNREACHABLE, "dns_error"),
    CONNECT_REFUSED(502, SocksReply.Code.REFUSED, "connect_refused"),
    NETWORK_UNREACHABLE(502, SocksReply.Code.NETWORK_UNREACHABLE, "network_unreachable"),
    HOST_UNREACHABLE(502, SocksReply.Code.HOST_UNREACHABLE, "host_unreachable"),
    CONNECT_TIMEOUT(504, SocksReply.Code.HOST_UNREACHABLE, "connect_timeout"),
    TLS_FAILED(502, SocksReply.Code.GENERAL_FAILURE, "tls_failed"),
    RESOURCES_EXHAUSTED(503, SocksReply.Code.GENERAL_FAILURE, "resources_exhausted"),
    UPSTREAM_FAILED(502, SocksReply.Code.GENERAL_FAILURE, "upstream_failed"),
    UPSTREAM_TIMEOUT(504, SocksReply.Code.GENERAL_FAILURE, "upstream_timeout"),
    TOO_MANY_HOPS(502, SocksReply.Code.GENERAL_FAILURE, "too_many_hops"),
    LOOP(508, SocksReply.Code.GENERAL_FAILURE, "loop_detected"),
    CUT(503, SocksReply.Code.GENERAL_FAILURE, "cut"),
    UDP_ASSOCIATIONS(429, SocksReply.Code.GENERAL_FAILURE, "udp_associations"),
    INTERNAL(500, SocksReply.Code.GENERAL_FAILURE, "internal_error");

    private final int httpStatus;
    private final SocksReply.Code socks;
    private final String code;

    Kind(int httpStatus, SocksReply.Code socks, String code) {
      this.httpStatus = httpStatus;
      this.socks = socks;
      this.code = code;
    }

    public int httpStatus() {
      return httpStatus;
    }

    public SocksReply.Code socks() {
      return socks;
    }

    /** Stable word for {@code X-Fairlead-Error}. */
    public String code() {
      return code;
    }

    /** Label value of {@code fairlead_proxy_rejected_total}. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public static Refusal of(Kind kind, String message) {
    return new Refusal(kind, message, "");
  }

  /** What a failed dial means for the one who asked for it. */
  public static Refusal of(DialException failure) {
    String message = Objects.requireNonNullElse(failure.getMessage(), failure.code());
    String hint = failure instanceof DialException.Forbidden forbidden ? forbidden.fix() : "";
    return new Refusal(kindOf(failure), message, hint);
  }

  private static Kind kindOf(DialException failure) {
    return switch (failure) {
      case DialException.Refused _ -> Kind.CONNECT_REFUSED;
      case DialException.Unreachable e ->
          e.network() ? Kind.NETWORK_UNREACHABLE : Kind.HOST_UNREACHABLE;
      case DialException.TimedOut _ -> Kind.CONNECT_TIMEOUT;
      case DialException.Unresolved _ -> Kind.DNS_ERROR;
      case DialException.Forbidden _ -> Kind.DESTINATION_DENIED;
      case DialException.Insecure _ -> Kind.TLS_FAILED;
      case DialException.Exhausted _ -> Kind.RESOURCES_EXHAUSTED;
    };
  }
}
