package io.fairlead.control.http;

import io.fairlead.control.http.Router.Route;
import java.util.List;

/**
 * Resources that a part of the gateway adds to the control API. The composition root makes one for
 * each feature, since features do not know the API.
 */
public interface ResourceArea {
  /** Lines of the table, templates beginning with {@code /v1/}. */
  List<Route> routes();
}
