package io.fairlead.http;

import java.util.List;
import java.util.Optional;

/**
 * What one site would do with a request, and why.
 *
 * @param refused why no route was asked: its host or path; empty when routes were
 * @param route the one that takes it
 * @param passed those before it, and what kept each from taking it
 */
public record RouteExplanation(
    String site, Optional<String> refused, Optional<Line> route, List<Passed> passed) {
  /** A route and what it does. */
  public record Line(String site, String id, String match, String action) {}

  /** A route that does not take the request. */
  public record Passed(String id, String reason) {}

  public RouteExplanation {
    passed = List.copyOf(passed);
  }
}
