package io.fairlead.app.convert;

import io.fairlead.core.config.ConfigSource;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * frp's former INI form as the tree its present form would give: {@code [common]}, then a section
 * for each proxy or visitor. An instance reads one file.
 */
final class FrpIni {
  private static final int LINES_MAX = 100_000;
  private static final Pattern SECTION = Pattern.compile("\\[([^\\]]+)]");
  private static final Pattern ENTRY = Pattern.compile("([A-Za-z0-9_.-]+)\\s*=\\s*(.*)");
  private static final int PORTS_MAX = 1_000;
  private static final Pattern PORTS = Pattern.compile("([0-9]{1,5})(?:\\s*-\\s*([0-9]{1,5}))?");
  private static final Pattern RANGE = Pattern.compile("([0-9]+)\\s*-\\s*([0-9]+)");

  /** Where keys of {@code [common]} are now; others are there under their own name. */
  private static final Map<String, String> COMMON =
      Map.ofEntries(
          Map.entry("token", "auth.token"),
          Map.entry("authentication_method", "auth.method"),
          Map.entry("log_level", "log.level"),
          Map.entry("log_file", "log.to"),
          Map.entry("log_max_days", "log.maxDays"),
          Map.entry("disable_log_color", "log.disablePrintColor"),
          Map.entry("subdomain_host", "subDomainHost"),
          Map.entry("vhost_http_port", "vhostHTTPPort"),
          Map.entry("vhost_https_port", "vhostHTTPSPort"),
          Map.entry("vhost_http_timeout", "vhostHTTPTimeout"),
          Map.entry("tcpmux_httpconnect_port", "tcpmuxHTTPConnectPort"),
          Map.entry("custom_404_page", "custom404Page"),
          Map.entry("enable_prometheus", "enablePrometheus"),
          Map.entry("protocol", "transport.protocol"),
          Map.entry("http_proxy", "transport.proxyURL"),
          Map.entry("connect_server_local_ip", "transport.connectServerLocalIP"),
          Map.entry("tcp_mux", "transport.tcpMux"),
          Map.entry("tcp_mux_keepalive_interval", "transport.tcpMuxKeepaliveInterval"),
          Map.entry("pool_count", "transport.poolCount"),
          Map.entry("max_pool_count", "transport.maxPoolCount"),
          Map.entry("heartbeat_interval", "transport.heartbeatInterval"),
          Map.entry("heartbeat_timeout", "transport.heartbeatTimeout"),
          Map.entry("tls_enable", "transport.tls.enable"),
          Map.entry("tls_only", "transport.tls.force"),
          Map.entry("tls_cert_file", "transport.tls.certFile"),
          Map.entry("tls_key_file", "transport.tls.keyFile"),
          Map.entry("tls_trusted_ca_file", "transport.tls.trustedCaFile"),
          Map.entry("tls_server_name", "transport.tls.serverName"),
          Map.entry("disable_custom_tls_first_byte", "transport.tls.disableCustomTLSFirstByte"));

  /** The same of a proxy or visitor. */
  private static final Map<String, String> PROXY =
      Map.ofEntries(
          Map.entry("local_ip", "localIP"),
          Map.entry("http_user", "httpUser"),
          Map.entry("http_pwd", "httpPassword"),
          Map.entry("route_by_http_user", "routeByHTTPUser"),
          Map.entry("sk", "secretKey"),
          Map.entry("use_encryption", "transport.useEncryption"),
          Map.entry("use_compression", "transport.useCompression"),
          Map.entry("bandwidth_limit", "transport.bandwidthLimit"),
          Map.entry("bandwidth_limit_mode", "transport.bandwidthLimitMode"),
          Map.entry("proxy_protocol_version", "transport.proxyProtocolVersion"),
          Map.entry("group", "loadBalancer.group"),
          Map.entry("group_key", "loadBalancer.groupKey"),
          Map.entry("health_check_type", "healthCheck.type"),
          Map.entry("health_check_timeout_s", "healthCheck.timeoutSeconds"),
          Map.entry("health_check_max_failed", "healthCheck.maxFailed"),
          Map.entry("health_check_interval_s", "healthCheck.intervalSeconds"),
          Map.entry("health_check_url", "healthCheck.path"));

  private final String file;
  private final Branch root;
  private final List<Foreign> proxies = new ArrayList<>();
  private final List<Foreign> visitors = new ArrayList<>();

  /** A mapping that is being filled. */
  private record Branch(Map<String, Object> entries, Place at) {
    Branch(Place at) {
      this(new LinkedHashMap<>(), at);
    }

    void put(String path, Foreign value) {
      int dot = path.indexOf('.');
      if (dot < 0) {
        entries.put(path, value);
        return;
      }
      Object there = entries.computeIfAbsent(path.substring(0, dot), _ -> new Branch(value.at()));
      if (there instanceof Branch branch) branch.put(path.substring(dot + 1), value);
    }

    Foreign.Table table() {
      Map<String, Foreign> all = new LinkedHashMap<>();
      entries.forEach(
          (key, value) ->
              all.put(key, value instanceof Branch branch ? branch.table() : (Foreign) value));
      return new Foreign.Table(all, at);
    }
  }

  private FrpIni(String file) {
    this.file = file;
    this.root = new Branch(new Place(file, 1, 1));
  }

  /** Whether a text is of that form. */
  static boolean is(ConfigSource source) {
    return source.text().lines().anyMatch(line -> line.strip().equals("[common]"));
  }

  static Foreign.Table read(ConfigSource source) throws ConversionException {
    return new FrpIni(source.fileName()).tree(source.text());
  }

  private Foreign.Table tree(String text) throws ConversionException {
    Branch section = root;
    String name = "common";
    int number = 0;
    for (String line : (Iterable<String>) text.lines()::iterator) {
      Place at = new Place(file, ++number, 1);
      if (number > LINES_MAX) throw new ConversionException(at, "longer than it may be", "");
      String stripped = line.strip();
      if (stripped.isEmpty() || stripped.startsWith("#") || stripped.startsWith(";")) continue;
      Matcher head = SECTION.matcher(stripped);
      Matcher entry = ENTRY.matcher(stripped);
      if (head.matches()) {
        close(name, section);
        name = head.group(1).strip();
        section = name.equals("common") ? root : new Branch(at);
      } else if (entry.matches()) {
        put(section, name, entry.group(1), entry.group(2).strip(), at);
      } else {
        throw new ConversionException(at, "neither a section nor `key = value`", "correct it");
      }
    }
    close(name, section);
    Place top = new Place(file, 1, 1);
    if (!proxies.isEmpty()) root.put("proxies", new Foreign.Items(proxies, top));
    if (!visitors.isEmpty()) root.put("visitors", new Foreign.Items(visitors, top));
    return root.table();
  }

  private void close(String name, Branch section) {
    if (section == root) return;
    if (name.startsWith("range:")) {
      closeRange(name.substring(6), section);
      return;
    }
    section.put("name", new Foreign.Scalar(name, section.at()));
    boolean visits =
        section.entries().remove("role") instanceof Foreign.Scalar(String role, Place _)
            && role.equals("visitor");
    (visits ? visitors : proxies).add(section.table());
  }

  /** Several proxies in one, numbered as frp numbers them. */
  private void closeRange(String name, Branch section) {
    List<Foreign> local = each(section.entries().get("localPort"));
    List<Foreign> remote = each(section.entries().get("remotePort"));
    if (local.isEmpty() || local.size() != remote.size()) {
      section.put("name", new Foreign.Scalar(name, section.at()));
      section.put("type", new Foreign.Scalar("range", section.at())); // is told and left out
      proxies.add(section.table());
      return;
    }
    for (int i = 0; i < local.size(); i++) {
      Branch one = new Branch(new LinkedHashMap<>(section.entries()), section.at());
      one.put("name", new Foreign.Scalar(name + "_" + i, section.at()));
      one.put("localPort", local.get(i));
      one.put("remotePort", remote.get(i));
      proxies.add(one.table());
    }
  }

  /** The ports of {@code 6000-6002,6007}; none where it is no such text, or names too many. */
  private static List<Foreign> each(@Nullable Object ports) {
    if (!(ports instanceof Foreign.Scalar(String text, Place at))) return List.of();
    List<Foreign> all = new ArrayList<>();
    for (String part : text.split(",", -1)) {
      Matcher one = PORTS.matcher(part.strip());
      if (!one.matches()) return List.of();
      int first = Integer.parseInt(one.group(1));
      int last = one.group(2) == null ? first : Integer.parseInt(one.group(2));
      if (last < first || last > 65_535 || last - first >= PORTS_MAX - all.size()) return List.of();
      for (int port = first; port <= last; port++) {
        all.add(new Foreign.Scalar(Integer.toString(port), at));
      }
    }
    return all;
  }

  private static void put(Branch section, String name, String key, String value, Place at) {
    boolean common = name.equals("common");
    if (common && key.equals("allow_ports")) {
      section.put("allowPorts", ports(value, at));
    } else if (common && key.startsWith("dashboard_")) {
      section.put("webServer." + camel(key.substring(10)), new Foreign.Scalar(value, at));
    } else if (!common && key.startsWith("header_")) {
      section.put("requestHeaders.set." + key.substring(7), new Foreign.Scalar(value, at));
    } else if (!common && key.startsWith("plugin")) {
      section.put("plugin", new Foreign.Scalar(value, at));
    } else if (List.of("custom_domains", "locations").contains(key)) {
      section.put(camel(key), new Foreign.Scalar(value.replaceAll("\\s*,\\s*", " "), at));
    } else {
      Map<String, String> names = common ? COMMON : PROXY;
      section.put(names.getOrDefault(key, camel(key)), new Foreign.Scalar(value, at));
    }
  }

  private static Foreign ports(String value, Place at) {
    List<Foreign> all = new ArrayList<>();
    for (String each : value.split(",", -1)) {
      Branch one = new Branch(at);
      Matcher range = RANGE.matcher(each.strip());
      if (range.matches()) {
        one.put("start", new Foreign.Scalar(range.group(1), at));
        one.put("end", new Foreign.Scalar(range.group(2), at));
      } else {
        one.put("single", new Foreign.Scalar(each.strip(), at));
      }
      all.add(one.table());
    }
    return new Foreign.Items(all, at);
  }

  private static String camel(String key) {
    StringBuilder text = new StringBuilder();
    for (String part : key.split("_", -1)) {
      if (text.isEmpty() || part.isEmpty()) text.append(part);
      else text.append(Character.toUpperCase(part.charAt(0))).append(part.substring(1));
    }
    return text.toString();
  }
}
