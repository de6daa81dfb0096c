package io.fairlead.app;

import io.fairlead.app.config.ListenerConfig;
import io.fairlead.net.listen.BoundListener;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a started gateway tells its operator: what listens, for whom, and what to type next. */
final class FirstScreen {
  private FirstScreen() {}

  static List<String> lines(Gateway gateway, LaunchOptions options) {
    if (!options.firstLines().isEmpty()) return options.firstLines();
    List<String> lines = new ArrayList<>();
    Map<String, ListenerConfig> configured = gateway.config().listeners();
    for (BoundListener bound : gateway.listeners().bound()) {
      ListenerConfig listener = configured.get(bound.id());
      if (listener == null) continue;
      List<String> addresses = bound.addresses().stream().map(Addresses::text).toList();
      lines.add(
          "%-8s %s  %s%s"
              .formatted(
                  bound.id(),
                  String.join(" ", addresses),
                  listener.shows(),
                  open(bound.addresses()) ? "  (open to other machines)" : ""));
    }
    if (lines.isEmpty()) lines.add("no listeners configured; the gateway stays up and waits");
    for (SocketAddress door : gateway.control().addresses()) {
      lines.add("%-8s %s".formatted("control", Addresses.text(door)));
    }
    if (gateway.token().created()) {
      lines.add("control token written to " + gateway.token().file());
    }
    lines.add("try: fairlead status");
    return lines;
  }

  private static boolean open(List<SocketAddress> addresses) {
    return addresses.stream()
        .anyMatch(
            address ->
                address instanceof InetSocketAddress inet
                    && !inet.getAddress().isLoopbackAddress());
  }
}
