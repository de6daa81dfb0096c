package io.fairlead.http;

import io.fairlead.http.exchange.TimeoutOverrides;
import io.fairlead.http.files.FilesConfig;
import io.fairlead.http.route.FieldRules;
import io.fairlead.http.route.Template;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** What a route does, as the configuration says it. */
public sealed interface ActionConfig {
  /**
   * Passes requests on.
   *
   * @param upstream id of a cluster
   * @param websocket whether an upgrade to websocket may pass
   * @param timeouts instead of the upstream's
   */
  record ToUpstream(String upstream, boolean websocket, TimeoutOverrides timeouts)
      implements ActionConfig {
    public ToUpstream(String upstream, boolean websocket) {
      this(upstream, websocket, TimeoutOverrides.NONE);
    }
  }

  /**
   * Looks for somebody who takes the request at one of several paths.
   *
   * @param paths in turn
   * @param status of the answer when nobody did; without one the last path's answer stands
   */
  record TryPaths(List<Template> paths, OptionalInt status) implements ActionConfig {
    public TryPaths {
      paths = List.copyOf(paths);
    }
  }

  /** Serves files. */
  record ToFiles(FilesConfig files) implements ActionConfig {}

  /** Answers. */
  record Respond(int status, String contentType, Optional<Template> body, FieldRules fields)
      implements ActionConfig {}

  /** Sends the client elsewhere. */
  record Redirect(int status, Template to) implements ActionConfig {}
}
