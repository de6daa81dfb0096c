package io.fairlead.http.login;

import java.util.Optional;

/** What a route says about accounts. */
public sealed interface RouteLogin {
  /** Nothing: what its site says holds. */
  record AsSite() implements RouteLogin {}

  /** Everybody may ask. */
  record Nobody() implements RouteLogin {}

  record Own(LoginConfig login) implements RouteLogin {}

  RouteLogin AS_SITE = new AsSite();

  /** What holds for the route of a site. */
  default Optional<LoginConfig> within(Optional<LoginConfig> site) {
    return switch (this) {
      case AsSite _ -> site;
      case Nobody _ -> Optional.empty();
      case Own(LoginConfig login) -> Optional.of(login);
    };
  }
}
