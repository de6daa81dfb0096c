package io.fairlead.proxy.stream;

import io.fairlead.core.address.Cidr;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.Types;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.core.unit.Limit;
import io.fairlead.net.proxyprotocol.SendHeader;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One stream service: an entry of the section {@code streams}.
 *
 * @param id its name in the section
 * @param routes tried in order; the first that fits decides
 * @param target where streams go that no route fits; empty refuses them
 * @param access who may come, in order; the first rule that fits decides
 * @param idle without a byte in either direction; empty for the protocol's own default
 * @param halfClose without a byte after one side ended
 * @param connect bound of dialling a fixed destination; an upstream has its own
 * @param hello bounds of the first bytes
 * @param datagrams what concerns UDP only
 * @param sendHeader how servers are told who the client is
 * @param bridge where one side speaks WebSocket
 */
public record StreamConfig(
    String id,
    List<Route> routes,
    Optional<Target> target,
    Access access,
    Optional<Duration> idle,
    Duration halfClose,
    Duration connect,
    Hello hello,
    Limits limits,
    Datagrams datagrams,
    Optional<SendHeader> sendHeader,
    Optional<Bridge> bridge) {
  /** The section's value. */
  public static final ConfigType<Map<String, StreamConfig>> SECTION =
      Types.mapOf(StreamTypes.STREAM);

  static final Duration TCP_IDLE = Duration.ofHours(1);
  static final Duration UDP_IDLE = Duration.ofSeconds(60);

  public StreamConfig {
    routes = List.copyOf(routes);
  }

  /** Where streams go. */
  public sealed interface Target {
    /** A group of servers. */
    record Named(String upstream) implements Target {}

    /** One server. */
    record Fixed(Destination destination) implements Target {}
  }

  /**
   * Streams that fit, and where they go.
   *
   * @param target empty refuses them
   */
  public record Route(String id, Match match, Optional<Target> target) {}

  /**
   * What fits; a list that is empty fits always, of another one member is enough.
   *
   * @param names asked for in the TLS handshake, exact or {@code *.suffix}; lower case
   * @param protocols offered in the TLS handshake (ALPN)
   * @param prefixes of what a client sends that speaks no TLS
   * @param clients where the client is
   */
  public record Match(
      List<String> names, List<String> protocols, List<String> prefixes, List<Cidr> clients) {
    public Match {
      names = List.copyOf(names);
      protocols = List.copyOf(protocols);
      prefixes = List.copyOf(prefixes);
      clients = List.copyOf(clients);
    }
  }

  /** Who may come. */
  public record Access(List<Rule> rules, boolean allowedOtherwise) {
    public static final Access OPEN = new Access(List.of(), true);

    /** One rule. */
    public record Rule(boolean allows, Cidr clients) {}

    public Access {
      rules = List.copyOf(rules);
    }
  }

  /** Bounds of looking at the first bytes. */
  public record Hello(Duration timeout, ByteSize max) {}

  /**
   * Bounds of one service.
   *
   * @param connections TCP streams at a time
   * @param sessions UDP sessions at a time; the one idle longest makes room
   * @param queue datagrams of a session that wait for its server's address
   * @param bandwidth bytes per second of a TCP stream, in each direction
   */
  public record Limits(
      Limit connections, Limit sessions, Limit queue, Optional<ByteSize> bandwidth) {}

  /**
   * UDP.
   *
   * @param responses answers after which a session ends early
   * @param sizeMax longest datagram passed on, in bytes
   */
  public record Datagrams(Optional<Integer> responses, int sizeMax) {}

  /** Idle bound of a TCP stream. */
  public Duration tcpIdle() {
    return idle.orElse(TCP_IDLE);
  }

  /** Idle bound of a UDP session. */
  public Duration udpIdle() {
    return idle.orElse(UDP_IDLE);
  }
}
