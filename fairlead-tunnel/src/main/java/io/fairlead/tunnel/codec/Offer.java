package io.fairlead.tunnel.codec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Pattern;

/**
 * A service as an agent offers it to the server; where it is at the agent, the server does not
 * learn.
 *
 * @param name of the agent's choice, unique among its services
 * @param hosts of {@code http} and {@code https}: exact names, or {@code *.} and a name
 * @param port wanted, of {@code tcp} and {@code udp}; 0 leaves it to the server
 * @param group several agents share the service: it is balanced among them
 * @param groupKey proves that an agent belongs to the group
 * @param secret of a private service: who opens it must know it
 * @param requests how they travel, of {@code http}
 * @param bandwidth bytes per second in each direction that it wants at most
 */
public record Offer(
    String name,
    ServiceKind kind,
    List<String> hosts,
    int port,
    Optional<String> group,
    Optional<String> groupKey,
    Optional<String> secret,
    Requests requests,
    OptionalLong bandwidth) {
  /**
   * How requests travel to a service, on streams that a server may keep for the next one.
   *
   * @param h2c whether the service speaks HTTP/2 without TLS
   * @param perClient a stream is for one client's requests only, since its service is told who that
   *     is
   * @param revision another one with each change of where streams lead: what was kept before leads
   *     elsewhere
   */
  public record Requests(boolean h2c, boolean perClient, long revision) {
    /** HTTP/1.1, for anybody, as it was from the start. */
    public static final Requests PLAIN = new Requests(false, false, 0);

    private static Requests of(JsonFields json) throws BadControlException {
      return new Requests(json.flag("h2c"), json.flag("per_client"), json.number("revision", 0));
    }

    private void write(Map<String, Object> json) {
      if (h2c) json.put("h2c", true);
      if (perClient) json.put("per_client", true);
      if (revision != 0) json.put("revision", revision);
    }
  }

  private static final Pattern NAME = Pattern.compile("[a-z0-9][a-z0-9_.-]{0,62}");
  private static final Pattern HOST =
      Pattern.compile(
          "(\\*\\.)?[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*");
  private static final int HOSTS_MAX = 64;
  private static final int KEY_MAX = 256;

  public Offer {
    hosts = List.copyOf(hosts);
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException("name: " + name + " (expected: a-z, 0-9, _, . and -)");
    }
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0-65535)");
    }
    if (hosts.size() > HOSTS_MAX) {
      throw new IllegalArgumentException("hosts: " + hosts.size() + " (expected: <= 64)");
    }
    for (String host : hosts) {
      if (host.length() > 253 || !HOST.matcher(host).matches()) {
        throw new IllegalArgumentException("host: " + host + " (expected: a host name)");
      }
    }
    if (bandwidth.isPresent() && bandwidth.getAsLong() < 1) {
      throw new IllegalArgumentException(
          "bandwidth: " + bandwidth.getAsLong() + " (expected: > 0)");
    }
    if (!kind.named() && !hosts.isEmpty()) {
      throw new IllegalArgumentException("hosts: of " + kind.word() + " (expected: none)");
    }
    for (Optional<String> text : List.of(group, groupKey, secret)) {
      if (text.isPresent() && (text.get().isEmpty() || text.get().length() > KEY_MAX)) {
        throw new IllegalArgumentException("group or key: 1-256 characters are expected");
      }
    }
  }

  /** Whether a name is one that agents and services may have. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  /** Only for whoever knows its secret. */
  public boolean isPrivate() {
    return secret.isPresent();
  }

  /** The same with other streams behind it. */
  public Offer at(long revision) {
    Requests next = new Requests(requests.h2c(), requests.perClient(), revision);
    return new Offer(name, kind, hosts, port, group, groupKey, secret, next, bandwidth);
  }

  /** Whether another agent's offer is for the same group of agents. */
  public boolean sameGroup(Offer other) {
    return group.isPresent()
        && group.equals(other.group)
        && groupKey.equals(other.groupKey)
        && kind == other.kind;
  }

  Map<String, Object> toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("type", kind.word());
    if (!hosts.isEmpty()) json.put("hosts", hosts);
    if (port != 0) json.put("port", port);
    group.ifPresent(text -> json.put("group", text));
    groupKey.ifPresent(text -> json.put("group_key", text));
    secret.ifPresent(text -> json.put("secret", text));
    requests.write(json);
    bandwidth.ifPresent(rate -> json.put("bandwidth", rate));
    return json;
  }

  static Offer of(JsonFields json) throws BadControlException {
    try {
      return new Offer(
          json.text("name"),
          ServiceKind.of(json.text("type")),
          json.texts("hosts").stream().map(host -> host.toLowerCase(Locale.ROOT)).toList(),
          Math.toIntExact(json.number("port", 0)),
          json.optional("group"),
          json.optional("group_key"),
          json.optional("secret"),
          Requests.of(json),
          json.has("bandwidth")
              ? OptionalLong.of(json.number("bandwidth", 0))
              : OptionalLong.empty());
    } catch (IllegalArgumentException | ArithmeticException unfit) {
      throw new BadControlException("service: " + unfit.getMessage());
    }
  }
}
