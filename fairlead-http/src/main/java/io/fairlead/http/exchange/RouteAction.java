package io.fairlead.http.exchange;

import io.fairlead.http.files.FileResponder;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.Template;
import io.fairlead.http.upstream.Cluster;
import java.util.Optional;

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

  /** Serves files. */
  record ServeFiles(FileResponder files) implements RouteAction {}

  /** Answers with a fixed text. */
  record Respond(int status, String contentType, Optional<Template> body, FieldRules fields)
      implements RouteAction {}

  /** Sends the client elsewhere. */
  record Redirect(int status, Template location) implements RouteAction {}
}
