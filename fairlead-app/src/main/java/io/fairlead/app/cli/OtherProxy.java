package io.fairlead.app.cli;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The proxies that {@code fairlead proxy --upstream URL} goes through, as configuration. */
final class OtherProxy {
  private static final String FIX = "write http://, https:// or socks5://[USER:PASS@]HOST:PORT";

  private OtherProxy() {}

  /**
   * Lines of the key {@code egress}; several URLs are tried in order.
   *
   * @param urls empty for none
   */
  static List<String> egress(List<String> urls) throws CommandFailure {
    if (urls.isEmpty()) return List.of();
    List<String> yaml = new ArrayList<>();
    List<String> names = new ArrayList<>();
    yaml.add("    egress:");
    yaml.add("      proxies:");
    for (String url : urls) {
      names.add("upstream" + (names.size() + 1));
      yaml.add("        " + names.getLast() + ": " + entry(url));
    }
    yaml.add("      via: [" + String.join(", ", names) + "]");
    return yaml;
  }

  private static String entry(String text) throws CommandFailure {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException notAUrl) {
      throw wrong();
    }
    String scheme = String.valueOf(uri.getScheme()).toLowerCase(Locale.ROOT);
    if (uri.getHost() == null || uri.getPort() < 1) throw wrong();
    StringBuilder entry = new StringBuilder("{ type: ");
    switch (scheme) {
      case "http", "https" -> entry.append("http");
      case "socks5", "socks5h" -> entry.append("socks5");
      default -> throw wrong();
    }
    entry.append(", address: ").append(Json.quoted(uri.getHost() + ":" + uri.getPort()));
    if (scheme.equals("https")) entry.append(", tls: {}");
    String login = uri.getUserInfo();
    if (login != null) {
      int colon = login.indexOf(':');
      if (colon < 1 || colon == login.length() - 1) throw wrong();
      entry
          .append(", user: ")
          .append(Json.quoted(login.substring(0, colon)))
          .append(", password: !secret ")
          .append(Json.quoted(login.substring(colon + 1)));
    }
    return entry.append(" }").toString();
  }

  /** The text may hold a password, so it is not repeated. */
  private static CommandFailure wrong() {
    return CommandFailure.usage("--upstream: that is not the URL of a proxy", FIX);
  }
}
