package io.fairlead.tunnel.codec;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A join token as the server remembers it: one JSON line of its file.
 *
 * @param name the agent it lets in
 * @param created when, RFC 3339
 * @param hosts its agent may answer for, besides its own name
 * @param tcpPorts it may ask for by number, as ranges
 * @param revoked it is good for nothing any more; kept, so that a configuration that still has it
 *     does not bring it back
 */
public record TokenRecord(
    String name,
    Binary secret,
    String created,
    List<String> hosts,
    List<String> tcpPorts,
    List<String> udpPorts,
    boolean revoked) {
  public TokenRecord {
    if (!Offer.isName(name)) throw new IllegalArgumentException("name: " + name);
    if (secret.length() != 32) throw new IllegalArgumentException("secret: 32 bytes are expected");
    hosts = List.copyOf(hosts);
    tcpPorts = List.copyOf(tcpPorts);
    udpPorts = List.copyOf(udpPorts);
  }

  public TokenRecord asRevoked() {
    return new TokenRecord(name, secret, created, hosts, tcpPorts, udpPorts, true);
  }

  public String toLine() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("name", name);
    json.put("secret", secret.text());
    json.put("created", created);
    if (!hosts.isEmpty()) json.put("hosts", hosts);
    if (!tcpPorts.isEmpty()) json.put("tcp_ports", tcpPorts);
    if (!udpPorts.isEmpty()) json.put("udp_ports", udpPorts);
    if (revoked) json.put("revoked", true);
    return JsonLine.write(json);
  }

  public static TokenRecord ofLine(String line) throws BadControlException {
    JsonFields json = new JsonFields(JsonLine.read(line));
    try {
      return new TokenRecord(
          json.text("name"),
          Binary.parse(json.text("secret")),
          json.optional("created").orElse(""),
          json.texts("hosts"),
          json.texts("tcp_ports"),
          json.texts("udp_ports"),
          json.flag("revoked"));
    } catch (IllegalArgumentException unfit) {
      throw new BadControlException(String.valueOf(unfit.getMessage()));
    }
  }

  /** Without the secret. */
  @Override
  public String toString() {
    return "token of " + name;
  }
}
