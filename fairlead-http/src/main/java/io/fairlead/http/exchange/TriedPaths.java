package io.fairlead.http.exchange;

import io.fairlead.http.route.PathNormaliser;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.route.RouteTable;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.ServerExchange;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A request that looks for somebody who has it at one path or the next. A route of files that has
 * nothing at a path passes it on; every other route's answer stands. A route lets a tried path in
 * by its own rules. A route that tries is asked once for each request, so no set of routes makes a
 * loop. Confined to the exchange's event loop.
 */
final class TriedPaths {
  private final ReverseProxy proxy;
  private final Site site;
  private final ServerExchange exchange;
  private final RequestFacts facts;
  private final @Nullable AccessNote note;
  private final @Nullable Runnable missing;
  private final List<Step> steps = new ArrayList<>();

  /** A path that is to be asked for; its answer stands in any case when it is the last word. */
  private record Step(String target, boolean lastWord) {}

  /**
   * @param missing when nobody has it and the route names no status; null for an answer
   */
  TriedPaths(
      ReverseProxy proxy,
      Site site,
      RouteTable.Entry<Site.Handling> route,
      ServerExchange exchange,
      RequestFacts facts,
      @Nullable AccessNote note,
      @Nullable Runnable missing) {
    this.proxy = proxy;
    this.site = site;
    this.exchange = exchange;
    this.facts = facts;
    this.note = note;
    this.missing = missing;
    take(route, facts, missing == null);
  }

  /** Asks for the next path, or says that nobody has the request. */
  void next() {
    while (!steps.isEmpty()) {
      Step step = steps.removeFirst();
      if (step.target.startsWith("=")) {
        refuse(Integer.parseInt(step.target.substring(1)));
        return;
      }
      int mark = step.target.indexOf('?');
      String path =
          PathNormaliser.normalise(mark < 0 ? step.target : step.target.substring(0, mark));
      if (path == null) continue;
      RequestFacts at = facts.at(path, mark < 0 ? facts.query() : step.target.substring(mark + 1));
      RouteTable.Entry<Site.Handling> route = site.routes().matchUntried(at);
      if (route == null) continue;
      if (route.action().action() instanceof RouteAction.TryPaths) {
        take(route, at, step.lastWord);
        continue;
      }
      if (note != null) note.facts(at);
      proxy.take(site, route, exchange, at, note, step.lastWord ? null : this::next);
      return;
    }
    if (missing == null) refuse(404);
    else missing.run();
  }

  /** Puts what a route tries before what is still to be tried. */
  private void take(
      RouteTable.Entry<Site.Handling> route, RequestFacts at, boolean endsWithLastWord) {
    facts.passage().tries(route);
    if (!(route.action().action() instanceof RouteAction.TryPaths(var paths, var status))) return;
    RequestFacts named = ReverseProxy.rewritten(route.action(), at);
    if (named == null) return; // no path is left, so nobody has it
    List<Step> mine = new ArrayList<>();
    for (int i = 0; i < paths.size(); i++) {
      boolean last = i == paths.size() - 1 && status.isEmpty() && endsWithLastWord;
      mine.add(new Step(paths.get(i).render(named), last));
    }
    if (status.isPresent()) mine.add(new Step("=" + status.getAsInt(), true));
    steps.addAll(0, mine);
  }

  private void refuse(int status) {
    Answer answer =
        status < 400
            ? Answer.empty(status)
            : Answer.error(status, "nothing_tried_fits", "nothing is there");
    proxy.refuse(site, exchange, HttpMeters.Refusal.NO_ROUTE, answer, note);
  }
}
