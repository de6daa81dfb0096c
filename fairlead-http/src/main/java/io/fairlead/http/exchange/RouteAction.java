package io.fairlead.http.exchange;

import io.fairlead.http.files.FileResponder;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.Template;
import io.fairlead.http.upstream.Cluster;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a route does with the requests it takes. */
public sealed interface RouteAction {
  /**
   * Passes them to an upstream.
   *
   * @param websocket whether an upgrade to websocket may pass
   * @param timeouts instead of the upstream's
   */
  record ProxyTo(Cluster cluster, boolean websocket, TimeoutOverrides timeouts)
      implements RouteAction {}

  /**
   * Asks the other routes of the site, as if the client had asked for one path after the other.
   *
   * @param status of the answer when nobody had it; without one the last path's answer stands
   */
  record TryPaths(List<Template> paths, OptionalInt status) implements RouteAction {
    public TryPaths {
      paths = List.copyOf(paths);
    }
  }

  /**
   * Serves files.
   *
   * @param passesOn whether what is no file, or not read, goes to the next route that takes it
   */
  record ServeFiles(FileResponder files, boolean passesOn) implements RouteAction {}

  /** Answers with a fixed text. */
  record Respond(int status, String contentType, Optional<Template> body, FieldRules fields)
      implements RouteAction {}

  /** Sends the client elsewhere. */
  record Redirect(int status, Template location) implements RouteAction {}
}
