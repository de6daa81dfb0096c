package io.fairlead.control.http;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.fairlead.control.access.Role;
import java.net.URLDecoder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletionStage;

/**
 * Finds the handler of a method and a path. Templates are compared whole segment by whole segment:
 * {@code {name}} takes one segment, {@code {name...}} as last one takes the rest, none included.
 * Immutable; any thread.
 */
public final class Router {
  /** Does what a route is for. Runs on a virtual thread; may block. */
  @FunctionalInterface
  public interface Handler {
    CompletionStage<Reply> handle(ControlRequest request, Map<String, String> captured)
        throws BadRequestException;
  }

  /** Whether a route changes something. */
  public enum Effect {
    /** Nothing: answers HEAD as well. */
    READS,
    /** Something: every use is logged with who and from where. */
    CHANGES
  }

  /** One line of the table. */
  public record Route(
      String method,
      String template,
      Role role,
      boolean changes,
      boolean takesBody,
      Handler handler) {
    /** A route without a body. */
    public static Route of(
        String method, String template, Role role, Effect effect, Handler handler) {
      return new Route(method, template, role, effect == Effect.CHANGES, false, handler);
    }

    /** The same, taking a JSON body. */
    public Route withBody() {
      return new Route(method, template, role, changes, true, handler);
    }

    private boolean answers(String asked) {
      return method.equals(asked) || (asked.equals("HEAD") && method.equals("GET") && !changes);
    }
  }

  /** What a lookup found. */
  public sealed interface Match {
    /** A route, and what its template captured. */
    record Found(Route route, Map<String, String> captured) implements Match {}

    /** The path exists, the method does not. */
    record WrongMethod(String allow) implements Match {}

    /** No such path. */
    record Nothing() implements Match {}
  }

  private final List<Route> routes;

  Router(List<Route> routes) {
    this.routes = List.copyOf(routes);
  }

  /** Every route, in order. */
  public List<Route> routes() {
    return routes;
  }

  /** Looks up; {@code path} as received, without query. */
  public Match find(String method, String path) {
    TreeSet<String> allow = new TreeSet<>();
    for (Route route : routes) {
      Optional<Map<String, String>> captured = capture(route.template(), path);
      if (captured.isEmpty()) continue;
      if (route.answers(method)) return new Match.Found(route, captured.get());
      allow.add(route.method());
      if (route.answers("HEAD")) allow.add("HEAD");
    }
    return allow.isEmpty() ? new Match.Nothing() : new Match.WrongMethod(String.join(", ", allow));
  }

  private static Optional<Map<String, String>> capture(String template, String path) {
    String[] wanted = template.split("/", -1);
    String[] given = path.split("/", -1);
    Map<String, String> captured = new LinkedHashMap<>();
    for (int i = 0; i < wanted.length; i++) {
      String segment = wanted[i];
      if (segment.endsWith("...}")) {
        Optional<String> rest = decode(given, i);
        if (rest.isEmpty()) return Optional.empty();
        captured.put(segment.substring(1, segment.length() - 4), rest.get());
        return Optional.of(captured);
      }
      if (i >= given.length) return Optional.empty();
      if (segment.startsWith("{")) {
        Optional<String> value = decode(given[i]);
        if (value.isEmpty() || value.get().isEmpty()) return Optional.empty();
        captured.put(segment.substring(1, segment.length() - 1), value.get());
      } else if (!segment.equals(given[i])) {
        return Optional.empty();
      }
    }
    return given.length == wanted.length ? Optional.of(captured) : Optional.empty();
  }

  /** Segments from there on as one path with leading slashes; empty text when there are none. */
  private static Optional<String> decode(String[] segments, int from) {
    List<String> decoded = new ArrayList<>();
    for (int i = from; i < segments.length; i++) {
      Optional<String> segment = decode(segments[i]);
      if (segment.isEmpty()) return Optional.empty();
      decoded.add("/" + segment.get());
    }
    return Optional.of(String.join("", decoded));
  }

  private static Optional<String> decode(String segment) {
    if (segment.indexOf('%') < 0) return Optional.of(segment);
    try {
      return Optional.of(URLDecoder.decode(segment.replace("+", "%2B"), UTF_8));
    } catch (IllegalArgumentException broken) {
      return Optional.empty();
    }
  }
}
