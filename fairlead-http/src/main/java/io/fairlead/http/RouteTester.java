package io.fairlead.http;

import io.fairlead.http.exchange.RouteAction;
import io.fairlead.http.exchange.Site;
import io.fairlead.http.route.AskedHead;
import io.fairlead.http.route.PathNormaliser;
import io.fairlead.http.route.RequestFacts;
import io.fairlead.http.route.RequestIds;
import io.fairlead.http.route.RouteTable;
import io.fairlead.http.route.Template;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Says what sites would do with a request, without a request. Pure. */
final class RouteTester {
  private final RequestIds ids;

  RouteTester(RequestIds ids) {
    this.ids = ids;
  }

  /** Every route of a site, in order. */
  static List<RouteExplanation.Line> lines(Site site) {
    return site.routes().entries().stream().map(entry -> line(site, entry)).toList();
  }

  /**
   * @param remote where the client is to be; null for nowhere
   */
  RouteExplanation explain(Site site, AskedHead head, @Nullable InetAddress remote) {
    String target = head.pathAndQuery();
    int mark = target.indexOf('?');
    String path = PathNormaliser.normalise(mark < 0 ? target : target.substring(0, mark));
    if (path == null) return refused(site, "400: the path cannot be normalised");
    String query = mark < 0 ? "" : target.substring(mark + 1);
    RequestFacts facts = new RequestFacts(head, path, query, remote, site.trusted(), ids);
    if (!site.takesHost(facts.host())) {
      return refused(site, "the site does not answer for the host `" + facts.host() + "`");
    }
    List<RouteExplanation.Passed> passed = new ArrayList<>();
    for (RouteTable.Entry<Site.Handling> entry : site.routes().entries()) {
      Optional<String> reason = entry.match().whyNot(facts);
      if (reason.isEmpty()) {
        return new RouteExplanation(
            site.id(), Optional.empty(), Optional.of(line(site, entry)), passed);
      }
      passed.add(new RouteExplanation.Passed(entry.id(), reason.get()));
    }
    return new RouteExplanation(site.id(), Optional.empty(), Optional.empty(), passed);
  }

  private static RouteExplanation refused(Site site, String why) {
    return new RouteExplanation(site.id(), Optional.of(why), Optional.empty(), List.of());
  }

  private static RouteExplanation.Line line(Site site, RouteTable.Entry<Site.Handling> entry) {
    return new RouteExplanation.Line(
        site.id(), entry.id(), entry.match().summary(), words(entry.action().action()));
  }

  private static String words(RouteAction action) {
    return switch (action) {
      case RouteAction.ProxyTo to -> "upstream " + to.cluster().id();
      case RouteAction.ServeFiles _ -> "files";
      case RouteAction.TryPaths(var paths, _) ->
          "try " + paths.stream().map(Template::toString).collect(Collectors.joining(" "));
      case RouteAction.Respond respond -> "respond " + respond.status();
      case RouteAction.Redirect redirect -> "redirect " + redirect.status();
    };
  }
}
