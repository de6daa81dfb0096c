package io.fairlead.http.route;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * A text with variables in braces, such as {@code {client_ip}} or {@code {h:User-Agent}}. A brace
 * that does not enclose a name stands for itself, so JSON needs no escaping.
 */
public final class Template {
  private enum Variable {
    CLIENT_IP,
    CLIENT_NET,
    REMOTE_ADDR,
    HOST,
    PATH,
    QUERY,
    URL,
    REQUEST_URI,
    METHOD,
    SCHEME,
    REQUEST_ID,
    USER,
    UPSTREAM,
    UP_STATUS
  }

  private sealed interface Part {
    record Literal(String text) implements Part {}

    record Value(Variable variable) implements Part {}

    record Field(String lowerCaseName) implements Part {}
  }

  private final String source;
  private final List<Part> parts;

  private Template(String source, List<Part> parts) {
    this.source = source;
    this.parts = parts;
  }

  /**
   * @throws IllegalArgumentException a name in braces is not a variable; the message lists them
   */
  public static Template parse(String text) {
    List<Part> parts = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int i = 0;
    while (i < text.length()) {
      int end = text.charAt(i) == '{' ? nameEnd(text, i + 1) : -1;
      if (end < 0) {
        literal.append(text.charAt(i++));
        continue;
      }
      if (!literal.isEmpty()) parts.add(new Part.Literal(literal.toString()));
      literal.setLength(0);
      parts.add(part(text.substring(i + 1, end)));
      i = end + 1;
    }
    if (!literal.isEmpty()) parts.add(new Part.Literal(literal.toString()));
    return new Template(text, List.copyOf(parts));
  }

  /** The text with its variables filled in. */
  public String render(RequestFacts facts) {
    if (parts.size() == 1) return render(parts.getFirst(), facts);
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) out.append(render(parts.get(i), facts));
    return out.toString();
  }

  /** Whether it begins with what the client asked for: a path of this host. */
  public boolean beginsWithPath() {
    return !parts.isEmpty()
        && parts.getFirst() instanceof Part.Value(Variable first)
        && (first == Variable.PATH || first == Variable.REQUEST_URI);
  }

  private static String render(Part part, RequestFacts facts) {
    return switch (part) {
      case Part.Literal(String text) -> text;
      case Part.Field(String name) -> facts.head().fields().first(name).orElse("");
      case Part.Value(Variable variable) ->
          switch (variable) {
            case CLIENT_IP -> facts.clientText();
            case CLIENT_NET -> facts.clientNet();
            case REMOTE_ADDR -> facts.remoteText();
            case HOST -> facts.host();
            case PATH -> facts.path();
            case QUERY -> facts.query();
            case URL ->
                facts.head().scheme() + "://" + facts.head().authority() + facts.pathAndQuery();
            case REQUEST_URI -> facts.requestUri();
            case METHOD -> facts.head().method();
            case SCHEME -> facts.head().scheme();
            case REQUEST_ID -> facts.requestId();
            case USER -> facts.user();
            case UPSTREAM -> facts.upstream();
            case UP_STATUS ->
                facts.upstreamStatus() == 0 ? "" : Integer.toString(facts.upstreamStatus());
          };
    };
  }

  /** Index of the closing brace of a name that starts at {@code from}, or -1. */
  private static int nameEnd(String text, int from) {
    for (int i = from; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '}') return i > from ? i : -1;
      boolean inName =
          (c >= 'a' && c <= 'z')
              || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9')
              || c == '_'
              || c == '-'
              || c == '.'
              || (c == ':' && i > from);
      if (!inName) return -1;
    }
    return -1;
  }

  private static Part part(String name) {
    if (name.startsWith("h:") && name.length() > 2) {
      return new Part.Field(name.substring(2).toLowerCase(Locale.ROOT));
    }
    for (Variable variable : Variable.values()) {
      if (variable.name().toLowerCase(Locale.ROOT).equals(name)) return new Part.Value(variable);
    }
    String known =
        Stream.of(Variable.values())
            .map(variable -> "{" + variable.name().toLowerCase(Locale.ROOT) + "}")
            .collect(Collectors.joining(" "));
    throw new IllegalArgumentException("{" + name + "} (expected: one of " + known + " {h:Name})");
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Template template && template.source.equals(source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }

  @Override
  public String toString() {
    return source;
  }
}
