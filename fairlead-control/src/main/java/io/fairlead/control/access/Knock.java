package io.fairlead.control.access;

import java.util.List;
import java.util.Optional;

/**
 * All of a request that the decision looks at.
 *
 * @param path without query, as received
 * @param authority of the target or {@code Host}, lower-case; empty when there is none
 * @param origins values of {@code Origin}
 * @param fetchSites values of {@code Sec-Fetch-Site}
 * @param browserMarks whether any of {@code Origin}, {@code Referer}, {@code Sec-Fetch-*}, {@code
 *     Cookie} is present
 * @param authorizations values of {@code Authorization}
 * @param session key in the session cookie, when there is exactly one
 * @param csrf value of {@code X-Fairlead-CSRF}
 * @param secure whether the connection is TLS
 */
public record Knock(
    Door door,
    String method,
    String path,
    String authority,
    List<String> origins,
    List<String> fetchSites,
    boolean browserMarks,
    List<String> authorizations,
    Optional<String> session,
    Optional<String> csrf,
    boolean secure) {
  public Knock {
    origins = List.copyOf(origins);
    fetchSites = List.copyOf(fetchSites);
    authorizations = List.copyOf(authorizations);
  }

  @Override
  public String toString() {
    return "Knock[" + method + " " + path + " by " + door + "]"; // no credentials
  }
}
