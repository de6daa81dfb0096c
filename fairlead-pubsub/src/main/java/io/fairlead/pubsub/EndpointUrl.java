package io.fairlead.pubsub;

import io.fairlead.core.unit.Secret;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * The URL of a node. Its path, query and user may hold a key, so its text form shows scheme, host
 * and port only.
 *
 * @param host without brackets
 * @param target path and query as they are sent
 * @param authorization from the user in the URL
 */
public record EndpointUrl(
    String scheme, String host, int port, Secret target, Optional<Secret> authorization) {
  private static final Set<String> SECURE = Set.of("wss", "https");
  private static final Set<String> KNOWN = Set.of("ws", "wss", "http", "https");

  /** Whether a text holds more than scheme, host and port: a user, a path, a query. */
  public static boolean mayTell(String text) {
    return !text.matches("[A-Za-z]+://[^/?#@]+/?");
  }

  /**
   * Reads one.
   *
   * @throws IllegalArgumentException it is none; the message does not repeat it
   */
  public static EndpointUrl parse(String text) {
    URI uri;
    try {
      uri = new URI(text);
    } catch (URISyntaxException _) {
      throw new IllegalArgumentException("url: not a URL (expected: ws://host:port/path)");
    }
    String scheme = uri.getScheme() == null ? "" : uri.getScheme().toLowerCase(Locale.ROOT);
    if (!KNOWN.contains(scheme))
      throw new IllegalArgumentException(
          "url: scheme `" + PubSubException.shown(scheme) + "` (expected: ws, wss, http, https)");
    if (uri.getHost() == null || uri.getHost().isEmpty())
      throw new IllegalArgumentException("url: no host (expected: ws://host:port/path)");
    String host = uri.getHost();
    if (host.startsWith("[")) host = host.substring(1, host.length() - 1);
    String path = uri.getRawPath() == null || uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String target = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    int port = uri.getPort() >= 0 ? uri.getPort() : SECURE.contains(scheme) ? 443 : 80;
    Optional<Secret> authorization =
        Optional.ofNullable(uri.getUserInfo())
            .map(user -> Base64.getEncoder().encodeToString(user.getBytes(StandardCharsets.UTF_8)))
            .map(coded -> Secret.of("Basic " + coded));
    return new EndpointUrl(scheme, host, port, Secret.of(target), authorization);
  }

  public boolean secure() {
    return SECURE.contains(scheme);
  }

  /** Whether it is for WebSocket. */
  public boolean webSocket() {
    return scheme.startsWith("ws");
  }

  /** Whether the host is this machine, by its name. */
  public boolean loopback() {
    return host.equals("localhost") || host.startsWith("127.") || host.equals("::1");
  }

  /** As a {@code Host} field. */
  public String authority() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return port == (secure() ? 443 : 80) ? name : name + ":" + port;
  }

  /** Scheme, host and port. */
  @Override
  public String toString() {
    String name = host.indexOf(':') >= 0 ? "[" + host + "]" : host;
    return scheme + "://" + name + ":" + port + (target.reveal().equals("/") ? "" : "/…");
  }
}
