package io.fairlead.http.route;

import java.util.ArrayList;
import java.util.List;

/**
 * What one request met on its way through the routes, whatever its path became: the routes that
 * tried others, and the zones that let it in. Bounded by the routes and zones of a site. Confined
 * to the exchange's event loop.
 */
public final class Passage {
  private record Booking(Object zone, String key) {}

  private final List<Object> tried = new ArrayList<>(2);
  private final List<Booking> bookings = new ArrayList<>(2);

  /** Says that a route tries others for the request. */
  public void tries(Object route) {
    tried.add(route);
  }

  /** Whether that very route did so before. */
  public boolean tried(Object route) {
    for (int i = 0; i < tried.size(); i++) {
      if (tried.get(i) == route) return true;
    }
    return false;
  }

  /** Whether a zone has to judge the request under that key; true once for each. */
  public boolean books(Object zone, String key) {
    Booking booking = new Booking(zone, key);
    if (bookings.contains(booking)) return false;
    bookings.add(booking);
    return true;
  }
}
