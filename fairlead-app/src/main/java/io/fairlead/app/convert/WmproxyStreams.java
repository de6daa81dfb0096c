package io.fairlead.app.convert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** {@code stream} of wmproxy: TCP, UDP, and bridges to WebSocket. */
final class WmproxyStreams {
  private static final Pattern URL = Pattern.compile("(?:(\\w+)://)?([^/?#]+)(/[^?#]*)?");

  private final Draft draft;
  private final WmproxySites sites;

  WmproxyStreams(Draft draft, WmproxySites sites) {
    this.draft = draft;
    this.sites = sites;
  }

  void write(Keys stream) {
    stream.each("upstream").forEach(sites::upstream);
    for (Keys server : stream.each("server")) {
      server.each("upstream").forEach(sites::upstream);
      server(server);
      WmproxySites.unlimited(server);
      server.rest();
    }
    WmproxySites.unlimited(stream);
    stream.rest();
  }

  private void server(Keys server) {
    String bind = server.text("bind_addr").orElse("");
    String mode = server.text("bind_mode").orElse("tcp");
    Map<String, Object> service = new LinkedHashMap<>();
    boolean known = List.of("tcp", "udp", "tcp2ws", "tcp2wss", "ws2tcp").contains(mode);
    if (bind.isEmpty() || !known || !target(server, mode, service)) {
      draft.leftOut(server.at(), "a `stream` server on " + (bind.isEmpty() ? "?" : bind));
      return;
    }
    if (!mode.equals("udp")) {
      WmproxyRates.bandwidth(server)
          .ifPresent(rate -> Draft.below(service, "limits").put("bandwidth", rate));
    }
    server
        .inherited("client_timeout")
        .flatMap(ForeignValues::duration)
        .filter(time -> !time.equals("0s"))
        .ifPresent(time -> service.put("idle_timeout", time));
    Map<String, Object> section = draft.section("streams");
    String port = bind.substring(bind.lastIndexOf(':') + 1);
    String id = Draft.freeId(section, "stream_" + port);
    section.put(id, service);
    Map<String, Object> listener = new LinkedHashMap<>();
    listener.put("bind", bind);
    listener.put("proto", mode.equals("udp") ? "udp" : "tcp");
    listener.put("service", id);
    Map<String, Object> listeners = draft.section("listeners");
    listeners.put(Draft.freeId(listeners, (mode.equals("udp") ? "udp_" : "tcp_") + port), listener);
  }

  private boolean target(Keys server, String mode, Map<String, Object> service) {
    Optional<String> group = server.text("up_name").flatMap(sites::named);
    Optional<String> url = server.text("proxy_url");
    Matcher parts = URL.matcher(url.orElse(""));
    boolean addressed = parts.matches();
    if (group.isEmpty() && !addressed) return false;
    boolean tls = mode.equals("tcp2wss") || (addressed && "wss".equals(parts.group(1)));
    if (group.isPresent()) {
      service.put("upstream", group.get());
      if (tls) {
        draft.leftOut(server.at(), "`bind_mode`: give the upstream's endpoints `https` URLs");
        return false;
      }
    } else if (tls) {
      service.put("upstream", sites.upstreamOf("https", parts.group(2)));
    } else if (parts.group(2).matches(".*:\\d+")) {
      service.put("destination", parts.group(2));
    } else {
      return false;
    }
    if (mode.startsWith("tcp2ws")) bridge("tcp2ws", addressed ? parts.group(3) : null, service);
    if (mode.equals("ws2tcp")) bridge("ws2tcp", null, service);
    return true;
  }

  private static void bridge(String type, @Nullable String path, Map<String, Object> service) {
    Map<String, Object> bridge = new LinkedHashMap<>();
    bridge.put("type", type);
    if (path != null && path.length() > 1) bridge.put("path", path);
    service.put("bridge", bridge);
  }
}
