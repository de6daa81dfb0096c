package io.fairlead.proxy.udp;

import io.fairlead.core.address.IpLiteral;
import io.fairlead.core.address.PortRange;
import io.fairlead.core.config.Codes;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.core.unit.Limit;
import java.net.InetAddress;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The key {@code udp} of a forward proxy service.
 *
 * @param enabled whether SOCKS 5 clients may ask for datagrams
 * @param advertise the address clients are told to send to
 * @param ports where relays listen; empty lets the system choose
 * @param idle silence after which an association ends
 * @param perUser associations of one account, or of one address where nobody logs in
 * @param remotesMax destinations one association remembers
 * @param queueMax datagrams one association keeps while names are looked up
 */
public record UdpConfig(
    boolean enabled,
    Optional<InetAddress> advertise,
    Optional<PortRange> ports,
    Filter filter,
    Duration idle,
    Limit perUser,
    int remotesMax,
    int queueMax) {
  /** Whose answers reach the client (RFC 4787 §5). */
  public enum Filter {
    /** Of addresses it has sent to. */
    ADDRESS,
    /** Of addresses and ports it has sent to. */
    ENDPOINT,
    /** Of anybody. */
    NONE
  }

  public static final UdpConfig DEFAULTS =
      new UdpConfig(
          true,
          Optional.empty(),
          Optional.empty(),
          Filter.ADDRESS,
          Duration.ofSeconds(120),
          Limit.atMost(64),
          1024,
          256);

  public static final RecordType<UdpConfig> TYPE =
      RecordType.define(
          "ForwardUdp",
          "datagrams of SOCKS 5 clients (UDP ASSOCIATE)",
          f -> {
            var enabled =
                f.key("enabled", Types.bool(), "Whether clients may ask for it.")
                    .orElse(DEFAULTS.enabled());
            var advertise =
                f.key(
                        "advertise",
                        Types.literal(
                            Codes.BAD_ADDRESS,
                            "an IP address such as 203.0.113.7",
                            Map.of("type", "string", "minLength", 2L),
                            IpLiteral::parse,
                            InetAddress::getHostAddress),
                        "The address clients are told to send to, where it is not the one they"
                            + " connected to.")
                    .optional();
            var ports =
                f.key(
                        "ports",
                        Types.portRange(),
                        "Ports for clients' datagrams, where a firewall must know them.")
                    .example("20000-20999")
                    .optional();
            var filter =
                f.key(
                        "filter",
                        Types.choice(Filter.class),
                        "Whose answers are passed on: of addresses the client sent to, of exactly"
                            + " the ports it sent to, or anybody's.")
                    .orElse(DEFAULTS.filter());
            var idle =
                f.key(
                        "idle",
                        Types.timeLimit(Duration.ofMillis(10)),
                        "Silence in both directions after which an association ends.")
                    .orElse(DEFAULTS.idle());
            var perUser =
                f.key(
                        "per_user",
                        Types.limit(),
                        "Associations of one account at a time; of one client address where"
                            + " nobody logs in.")
                    .orElse(DEFAULTS.perUser());
            var remotes =
                f.key(
                        "remotes",
                        Types.integer().between(1, 65_536),
                        "Destinations one association remembers, the one unused longest being"
                            + " forgotten first, and names it looks up at a time.")
                    .orElse(DEFAULTS.remotesMax());
            var queue =
                f.key(
                        "queue",
                        Types.integer().between(1, 4096),
                        "Datagrams of one association that wait while a name is looked up, 1 MiB"
                            + " in all at most; the oldest is dropped first.")
                    .orElse(DEFAULTS.queueMax());
            return v ->
                new UdpConfig(
                    v.get(enabled),
                    v.get(advertise),
                    v.get(ports),
                    v.get(filter),
                    v.get(idle),
                    v.get(perUser),
                    v.get(remotes),
                    v.get(queue));
          });
}
