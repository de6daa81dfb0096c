package io.fairlead.control.http;

import io.fairlead.control.access.Door;
import io.fairlead.control.access.Role;
import io.fairlead.control.api.Who;
import java.util.List;
import java.util.Optional;

/**
 * A request that was let in.
 *
 * @param path without query, as received, starting with {@code /}
 * @param query parsed, see {@link Query}
 * @param acceptEncoding value of {@code Accept-Encoding}, empty when none was sent
 * @param contentType media type in lower case without parameters, empty when none was sent
 * @param ifNoneMatch values of {@code If-None-Match}
 * @param ifMatch values of {@code If-Match}
 * @param lastEventId where a stream of events is to go on
 * @param role what the caller may do
 * @param door through which it came
 * @param authenticated whether the caller is someone, and may see details
 * @param caller what is known of who sent it, besides the name
 * @param limits of what it may send
 */
public record ControlRequest(
    String method,
    String path,
    Query query,
    String accept,
    String acceptEncoding,
    Optional<String> contentType,
    List<String> ifNoneMatch,
    List<String> ifMatch,
    Optional<String> lastEventId,
    Role role,
    Who who,
    Door door,
    boolean authenticated,
    Caller caller,
    ControlLimits limits,
    byte[] body) {
  public ControlRequest {
    ifNoneMatch = List.copyOf(ifNoneMatch);
    ifMatch = List.copyOf(ifMatch);
  }

  /** The same with a body. */
  public ControlRequest withBody(byte[] bytes) {
    return new ControlRequest(
        method,
        path,
        query,
        accept,
        acceptEncoding,
        contentType,
        ifNoneMatch,
        ifMatch,
        lastEventId,
        role,
        who,
        door,
        authenticated,
        caller,
        limits,
        bytes);
  }
}
