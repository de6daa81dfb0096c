package io.fairlead.http.route;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.address.IpLiteral;
import io.fairlead.net.http.Fields;
import java.net.InetAddress;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The peers whose forwarding fields are believed.
 *
 * @param blocks empty means nobody
 */
public record TrustedProxies(List<Cidr> blocks) {
  public static final TrustedProxies NOBODY = new TrustedProxies(List.of());

  public TrustedProxies {
    blocks = List.copyOf(blocks);
  }

  /**
   * @param peer null when it has no address (a unix socket), and then it is not trusted
   */
  public boolean trusts(@Nullable InetAddress peer) {
    if (peer == null) return false;
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).contains(peer)) return true;
    }
    return false;
  }

  /**
   * The client: the right-most address of {@code X-Forwarded-For} that is not one of ours, walking
   * from the peer; the left-most when all are. An entry that is no address ends the walk.
   */
  public InetAddress clientOf(InetAddress peer, Fields fields) {
    if (!trusts(peer)) return peer;
    InetAddress client = peer;
    for (int i = fields.size() - 1; i >= 0; i--) {
      if (!fields.nameIs(i, "x-forwarded-for")) continue;
      String value = fields.value(i);
      int end = value.length();
      while (end >= 0) {
        int comma = value.lastIndexOf(',', end - 1);
        Optional<InetAddress> hop = addressOf(value.substring(comma + 1, end).strip());
        if (hop.isEmpty()) return client;
        client = hop.get();
        if (!trusts(client)) return client;
        end = comma;
      }
    }
    return client;
  }

  private static Optional<InetAddress> addressOf(String entry) {
    String host = entry;
    if (entry.startsWith("[")) {
      int bracket = entry.indexOf(']');
      if (bracket < 0) return Optional.empty();
      host = entry.substring(1, bracket);
    } else if (entry.indexOf('.') > 0 && entry.indexOf(':') > 0) {
      host = entry.substring(0, entry.indexOf(':')); // v4:port, as some proxies write
    }
    return IpLiteral.parse(host);
  }
}
