package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A wmproxy configuration, TOML or YAML, as ours. */
final class WmproxyConverter {
  private static final List<String> LEVELS = List.of("error", "warn", "info", "debug", "trace");

  private final Draft draft = new Draft();

  private WmproxyConverter() {}

  static Conversion convert(ConfigSource source) throws ConversionException {
    return new WmproxyConverter().whole(source);
  }

  private Conversion whole(ConfigSource source) throws ConversionException {
    Keys top = new Keys(ForeignFile.read(source), Optional.empty(), draft);
    process(top);
    Optional<Keys> proxy = top.inner("proxy");
    if (proxy.isPresent()) proxy(proxy.get(), source.baseDir());
    var sites = new WmproxySites(draft, source.baseDir());
    sites.write(top);
    top.inner("stream").ifPresent(new WmproxyStreams(draft, sites)::write);
    top.leaveOut("tunnels stand below `proxy`", "server", "mappings", "center");
    top.rest();
    return draft.done();
  }

  private void process(Keys top) {
    Map<String, Object> control = draft.section("control");
    top.text("control").ifPresent(listen -> control.put("listen", listen));
    if (top.flag("disable_control")) control.put("enabled", false);
    top.text("pidfile").ifPresent(file -> draft.section("runtime").put("pid_file", file));
    Optional<Foreign> level = top.take("default_level");
    Optional<String> word =
        level.flatMap(Foreign::text).map(text -> text.toLowerCase(java.util.Locale.ROOT));
    if (word.isPresent() && LEVELS.contains(word.get())) {
      draft.section("logs").put("level", word.get());
    } else {
      level.ifPresent(value -> draft.leftOut(value.at(), "`default_level`: not one of " + LEVELS));
    }
    top.leaveOut("the log always goes to standard error", "disable_stdout");
  }

  // --- the forward proxy

  private void proxy(Keys proxy, Path baseDir) {
    Optional<String> bind = proxy.text("bind").or(() -> proxy.text("bind_addr"));
    proxy.take("bind_addr");
    boolean tunnel = proxy.take("server").isPresent() || proxy.take("center_addr").isPresent();
    if (bind.isPresent() || !tunnel) forward(proxy, bind.orElse("127.0.0.1:8090"));
    new WmproxyTunnels(draft, baseDir).write(proxy);
    proxy.take("udp_bind");
    proxy.rest();
  }

  private void forward(Keys proxy, String bind) {
    Map<String, Object> listener = new LinkedHashMap<>();
    listener.put("bind", bind);
    listener.put("proto", "mixed");
    listener.put("service", "egress");
    draft.section("listeners").put("proxy", listener);
    Map<String, Object> forward = new LinkedHashMap<>();
    draft.section("forward").put("egress", forward);
    forward.put("modes", modes(proxy));
    Map<String, Object> udp = new LinkedHashMap<>();
    proxy
        .text("udp_bind")
        .ifPresentOrElse(at -> udp.put("advertise", at), () -> udp.put("enabled", false));
    forward.put("udp", udp);
    Optional<String> user = proxy.text("username");
    Optional<String> password = proxy.text("password");
    if (user.isPresent() && password.isPresent()) {
      forward.put(
          "auth",
          new LinkedHashMap<>(
              Map.of("users", new LinkedHashMap<>(Map.of(user.get(), password.get())))));
      draft.otherwise(proxy.at(), "`password`: better kept as a hash, or in a `users_file`");
    }
    forward.put("destinations", new LinkedHashMap<>(Map.of("connect_ports", "all")));
    draft.otherwise(
        proxy.at(), "`proxy`: private addresses are refused; see forward.egress.destinations");
  }

  private List<String> modes(Keys proxy) {
    List<String> words = proxy.words("flag");
    if (words.isEmpty()) return List.of("http", "connect", "socks5");
    List<String> modes = new ArrayList<>();
    boolean bits = words.size() == 1 && words.getFirst().matches("\\d+");
    int mask = bits ? Integer.parseInt(words.getFirst().substring(0, 1)) : 0;
    if (words.contains("http") || (mask & 1) != 0) modes.add("http");
    if (words.contains("https") || (mask & 2) != 0) modes.add("connect");
    if (words.contains("socks5") || (mask & 4) != 0) modes.add("socks5");
    return modes.isEmpty() ? List.of("http", "connect", "socks5") : modes;
  }
}
