package io.fairlead.http.route;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Routes in order; the first that matches wins. Immutable, shared by all event loops.
 *
 * @param <A> what a route does
 */
public final class RouteTable<A> {
  /** One line of the table. */
  public record Entry<A>(String id, RouteMatch match, A action) {}

  /**
   * A route no request can reach.
   *
   * @param index of the route, from 0
   * @param shadowedBy index of the earlier route that takes everything it would
   */
  public record Shadow(int index, int shadowedBy) {}

  private final List<Entry<A>> entries;

  public RouteTable(List<Entry<A>> entries) {
    this.entries = List.copyOf(entries);
  }

  /** The first entry that takes the request, or null. */
  public @Nullable Entry<A> match(RequestFacts facts) {
    for (int i = 0; i < entries.size(); i++) {
      Entry<A> entry = entries.get(i);
      if (entry.match().matches(facts)) return entry;
    }
    return null;
  }

  /** The first entry that takes the request and did not try others for it yet, or null. */
  public @Nullable Entry<A> matchUntried(RequestFacts facts) {
    for (int i = 0; i < entries.size(); i++) {
      Entry<A> entry = entries.get(i);
      if (!facts.passage().tried(entry) && entry.match().matches(facts)) return entry;
    }
    return null;
  }

  /**
   * The first entry behind the one with that action which takes the request and did not try others
   * for it yet, or null.
   */
  public @Nullable Entry<A> matchAfter(A action, RequestFacts facts) {
    boolean behind = false;
    for (int i = 0; i < entries.size(); i++) {
      Entry<A> entry = entries.get(i);
      if (behind && !facts.passage().tried(entry) && entry.match().matches(facts)) return entry;
      behind |= entry.action() == action;
    }
    return null;
  }

  public List<Entry<A>> entries() {
    return entries;
  }

  /**
   * Every route that an earlier one makes unreachable.
   *
   * @param keeps whether a route answers all that it takes, so that nothing goes on to others
   */
  public static List<Shadow> shadows(List<RouteMatch> matches, IntPredicate keeps) {
    List<Shadow> shadows = new ArrayList<>();
    for (int later = 1; later < matches.size(); later++) {
      for (int earlier = 0; earlier < later; earlier++) {
        if (keeps.test(earlier) && matches.get(earlier).covers(matches.get(later))) {
          shadows.add(new Shadow(later, earlier));
          break;
        }
      }
    }
    return shadows;
  }
}
