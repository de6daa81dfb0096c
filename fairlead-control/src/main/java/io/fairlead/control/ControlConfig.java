package io.fairlead.control;

import io.fairlead.core.address.ListenAddress;
import io.fairlead.core.config.Field;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Section {@code control}.
 *
 * @param listen TCP door; empty when it is off
 * @param socket unix door; empty when it is off
 * @param compatGet whether the short paths {@code GET /now /adapt /reload /stop} exist
 * @param allowUids users of the unix door besides the own one and root
 */
public record ControlConfig(
    boolean enabled,
    Optional<ListenAddress> listen,
    Optional<Path> socket,
    boolean compatGet,
    Set<Integer> allowUids) {
  /** Its one definition. */
  public static final RecordType<ControlConfig> TYPE =
      RecordType.define(
          "control",
          "The control API: shows and steers the running gateway, for the command line, scripts and"
              + " monitoring.",
          ReloadClass.LIVE,
          fields -> {
            Field<Boolean> enabled =
                fields
                    .key("enabled", Types.bool(), "Whether there is a control API at all.")
                    .orElse(true);
            Field<Optional<ListenAddress>> listen =
                fields
                    .key(
                        "listen",
                        Types.orOff(Types.listenAddress()),
                        "TCP address of the API, on this machine only. Callers need the token of"
                            + " `control.token` in the state directory, except as `compat_get`"
                            + " says.")
                    .reload(ReloadClass.LISTENER)
                    .orElse(Optional.of(new ListenAddress.Host("127.0.0.1", 8837)));
            Field<Optional<Path>> socket =
                fields
                    .key(
                        "socket",
                        Types.orOff(Types.path()),
                        "Unix socket of the API, mode 0600. Callers are known by their uid and need"
                            + " no token.")
                    .reload(ReloadClass.LISTENER)
                    .orElse(Optional.of(Path.of("run/control.sock")));
            Field<Boolean> compatGet =
                fields
                    .key(
                        "compat_get",
                        Types.bool(),
                        "Whether `GET /now`, `/adapt`, `/reload` and `/stop` work without a token"
                            + " for programs of the gateway's own user and of root, such as a plain"
                            + " `curl` on this machine. Browsers are always refused.")
                    .orElse(true);
            Field<List<Integer>> allowUids =
                fields
                    .key(
                        "allow_uids",
                        Types.listOf(Types.integer().between(0, Integer.MAX_VALUE)),
                        "User ids that may use the unix socket besides the gateway's own and root.")
                    .example("[1000]")
                    .orElse(List.of());
            fields.check(
                (values, checks) -> {
                  if (!values.get(enabled)) return;
                  values
                      .get(listen)
                      .ifPresent(
                          address -> {
                            if (address instanceof ListenAddress.Unix) {
                              checks.error(
                                  listen,
                                  ControlCodes.NOT_TCP,
                                  "is a unix socket",
                                  "name it under `socket` and write `listen: off`");
                            } else if (!address.local()) {
                              checks.error(
                                  listen,
                                  ControlCodes.REMOTE,
                                  "would let other machines reach the control API, which needs TLS"
                                      + " and is not available there",
                                  "listen on 127.0.0.1 and use a tunnel such as ssh -L");
                            }
                          });
                });
            return values ->
                new ControlConfig(
                    values.get(enabled),
                    values.get(listen),
                    values.get(socket),
                    values.get(compatGet),
                    Set.copyOf(values.get(allowUids)));
          });

  public ControlConfig {
    allowUids = Set.copyOf(allowUids);
  }

  /** Where TCP doors are wanted; resolved, none when off. */
  List<InetSocketAddress> tcpPlaces() {
    if (!enabled || listen.isEmpty()) return List.of();
    return switch (listen.get()) {
      case ListenAddress.Host(String host, int port) -> List.of(new InetSocketAddress(host, port));
      case ListenAddress.Loopback(int port) -> {
        List<InetSocketAddress> both = new ArrayList<>();
        both.add(new InetSocketAddress("127.0.0.1", port));
        if (hasIpv6Loopback()) both.add(new InetSocketAddress("::1", port));
        yield both;
      }
      case ListenAddress.Unix _ -> List.of(); // refused by the check above
    };
  }

  /** Where the unix door is wanted. */
  Optional<Path> unixPlace() {
    return enabled ? socket : Optional.empty();
  }

  private static boolean hasIpv6Loopback() {
    try {
      return NetworkInterface.getByInetAddress(InetAddress.getByName("::1")) != null;
    } catch (SocketException | UnknownHostException none) {
      return false;
    }
  }
}
