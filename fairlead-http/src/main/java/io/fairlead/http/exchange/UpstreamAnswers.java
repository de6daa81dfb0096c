package io.fairlead.http.exchange;

import io.fairlead.core.dial.DialException;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.ForwardFailure;

/** What a client hears when its upstream did not answer. */
final class UpstreamAnswers {
  private UpstreamAnswers() {}

  static Answer noEndpoint(String cluster) {
    return Answer.error(503, "no_endpoint", "upstream " + cluster + " has no endpoint")
        .with("Retry-After", "1");
  }

  static Answer overload(String cluster) {
    return Answer.error(503, "overload", "upstream " + cluster + " has too much to do")
        .with("Retry-After", "1");
  }

  static Answer of(ForwardFailure failure, String cluster) {
    String upstream = "upstream " + cluster;
    return switch (failure.kind()) {
      case DIAL ->
          failure
              .dial()
              .map(dial -> undialled(dial, upstream))
              .orElseGet(
                  () -> Answer.error(502, "upstream_unreachable", upstream + " is unreachable"));
      case CLOSED_BEFORE_HEAD, CLOSED_IN_BODY ->
          Answer.error(502, "upstream_closed", upstream + " closed the connection");
      case REFUSED ->
          Answer.error(503, "overload", upstream + " takes no more requests now")
              .with("Retry-After", "1");
      case BAD_RESPONSE ->
          Answer.error(502, "upstream_bad_response", upstream + " broke the protocol");
      case HEAD_TIMEOUT, BODY_TIMEOUT ->
          Answer.error(504, "upstream_timeout", upstream + " did not answer in time");
      case CLIENT -> Answer.error(499, "client_gone", "the request was not complete").closing();
      case CUT -> Answer.error(503, "cut", "the connection was ended by the gateway").closing();
    };
  }

  private static Answer undialled(DialException dial, String upstream) {
    String code = "upstream_" + dial.code();
    return switch (dial) {
      case DialException.TimedOut _ ->
          Answer.error(504, "upstream_timeout", upstream + " did not accept in time");
      case DialException.Exhausted _ ->
          Answer.error(503, "overload", "no connection to " + upstream + " is free")
              .with("Retry-After", "1");
      case DialException.Forbidden forbidden ->
          Answer.error(502, code, upstream + " is not an allowed destination")
              .withHint(forbidden.fix());
      case DialException.Refused _ -> Answer.error(502, code, upstream + " refused");
      case DialException.Unreachable _ -> Answer.error(502, code, upstream + " is unreachable");
      case DialException.Unresolved _ -> Answer.error(502, code, upstream + " does not resolve");
      case DialException.Insecure _ -> Answer.error(502, code, upstream + " failed TLS");
    };
  }
}
