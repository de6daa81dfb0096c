package io.fairlead.proxy.stream;

import io.fairlead.core.address.Cidr;
import io.fairlead.proxy.stream.StreamConfig.Match;
import io.fairlead.proxy.stream.StreamConfig.Route;
import io.fairlead.proxy.stream.StreamConfig.Target;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** Who may come and where he goes, by one configuration. Immutable; any thread. */
public final class StreamRules {
  /** The route's name of what no route fits. */
  public static final String DEFAULT_ROUTE = "";

  private final StreamConfig config;
  private final boolean peeks;

  StreamRules(StreamConfig config) {
    this.config = config;
    this.peeks = config.routes().stream().anyMatch(route -> asksForBytes(route.match()));
  }

  public StreamConfig config() {
    return config;
  }

  /** Whether the first bytes decide. */
  public boolean peeks() {
    return peeks;
  }

  /** Whether clients from there may come. */
  public boolean admits(InetAddress client) {
    for (StreamConfig.Access.Rule rule : config.access().rules()) {
      if (rule.clients().contains(client)) return rule.allows();
    }
    return config.access().allowedOtherwise();
  }

  /** What is known when a route is chosen. */
  public sealed interface Known {
    /** Nothing was said, or nothing that is looked at. */
    record Nothing() implements Known {}

    /** A TLS client's wishes. */
    record Tls(Optional<String> serverName, List<String> protocols) implements Known {}

    /**
     * No TLS.
     *
     * @param bytes borrowed
     */
    record Plain(ByteBuf bytes) implements Known {}
  }

  /** Where a stream goes. */
  public sealed interface Way {
    record To(String route, Target target) implements Way {}

    /**
     * Nowhere.
     *
     * @param protocol whether only the offered protocols do not fit
     */
    record Refused(boolean protocol) implements Way {}

    /** More bytes could make another route fit. */
    record Undecided() implements Way {}
  }

  /**
   * The first route that fits.
   *
   * @param complete whether nothing more is waited for
   */
  public Way way(InetAddress client, Known known, boolean complete) {
    boolean protocol = false;
    for (Route route : config.routes()) {
      if (!anyBlock(route.match().clients(), client)) continue;
      switch (fit(route.match(), known)) {
        case YES -> {
          return route
              .target()
              .<Way>map(target -> new Way.To(route.id(), target))
              .orElseGet(() -> new Way.Refused(false));
        }
        case MORE -> {
          if (!complete) return new Way.Undecided();
        }
        case PROTOCOL -> protocol = true;
        case NO -> {}
      }
    }
    boolean unfit = protocol;
    return config
        .target()
        .<Way>map(target -> new Way.To(DEFAULT_ROUTE, target))
        .orElseGet(() -> new Way.Refused(unfit));
  }

  /** Whether a later configuration still has a way like that. */
  public boolean leads(String route, Target target) {
    if (route.equals(DEFAULT_ROUTE)) return config.target().filter(target::equals).isPresent();
    return config.routes().stream()
        .anyMatch(
            other -> other.id().equals(route) && other.target().filter(target::equals).isPresent());
  }

  private enum Fit {
    YES,
    NO,
    /** The name would, the protocols do not. */
    PROTOCOL,
    MORE
  }

  private static boolean asksForBytes(Match match) {
    return !match.names().isEmpty() || !match.protocols().isEmpty() || !match.prefixes().isEmpty();
  }

  private static Fit fit(Match match, Known known) {
    if (!asksForBytes(match)) return Fit.YES;
    return switch (known) {
      case Known.Nothing _ -> Fit.NO;
      case Known.Tls(Optional<String> name, List<String> protocols) -> {
        if (match.names().isEmpty() && match.protocols().isEmpty()) yield Fit.NO;
        boolean named =
            match.names().isEmpty()
                || name.filter(text -> anyName(match.names(), text)).isPresent();
        if (!named) yield Fit.NO;
        boolean spoken =
            match.protocols().isEmpty() || match.protocols().stream().anyMatch(protocols::contains);
        yield spoken ? Fit.YES : Fit.PROTOCOL;
      }
      case Known.Plain(ByteBuf bytes) -> prefix(match.prefixes(), bytes);
    };
  }

  private static Fit prefix(List<String> prefixes, ByteBuf bytes) {
    Fit fit = Fit.NO;
    for (String prefix : prefixes) {
      byte[] wanted = prefix.getBytes(StandardCharsets.US_ASCII);
      int common = Math.min(wanted.length, bytes.readableBytes());
      boolean same =
          ByteBufUtil.equals(bytes, bytes.readerIndex(), Unpooled.wrappedBuffer(wanted), 0, common);
      if (same && common == wanted.length) return Fit.YES;
      if (same) fit = Fit.MORE;
    }
    return fit;
  }

  private static boolean anyName(List<String> patterns, String name) {
    for (String pattern : patterns) {
      if (pattern.startsWith("*.")) {
        if (name.length() > pattern.length() - 1 && name.endsWith(pattern.substring(1)))
          return true;
      } else if (pattern.equals(name)) {
        return true;
      }
    }
    return false;
  }

  private static boolean anyBlock(List<Cidr> blocks, InetAddress client) {
    if (blocks.isEmpty()) return true;
    for (Cidr block : blocks) if (block.contains(client)) return true;
    return false;
  }
}
