package io.fairlead.proxy;

import io.fairlead.net.http.RequestHandler;
import java.util.Optional;

/** Sites that answer what is not for a proxy; asked for each such request, on any event loop. */
@FunctionalInterface
public interface FallbackSites {
  /** The site's handler now. */
  Optional<RequestHandler> site(String httpId);

  FallbackSites NONE = _ -> Optional.empty();
}
