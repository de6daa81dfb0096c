package io.fairlead.control.access;

import java.util.List;

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
 */
public record Knock(
    Door door,
    String method,
    String path,
    String authority,
    List<String> origins,
    List<String> fetchSites,
    boolean browserMarks,
    List<String> authorizations) {
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
