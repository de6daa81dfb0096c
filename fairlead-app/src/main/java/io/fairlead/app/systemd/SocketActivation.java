package io.fairlead.app.systemd;

import io.fairlead.core.config.Environment;
import io.fairlead.net.listen.InheritedSockets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Sockets that the service manager opened before it started us: {@code LISTEN_FDS} of them, from
 * descriptor 3 on, with labels in {@code LISTEN_FDNAMES}, meant for {@code LISTEN_PID}. Stateless.
 *
 * @see <a href="https://www.freedesktop.org/software/systemd/man/sd_listen_fds.html">
 *     sd_listen_fds(3)</a>
 */
public final class SocketActivation {
  private static final Logger log = LoggerFactory.getLogger(SocketActivation.class);
  private static final int FIRST = 3;
  private static final int SOCKETS_MAX = 1024;

  private SocketActivation() {}

  /** The sockets; none when the variables speak of another process, or of none. */
  public static InheritedSockets sockets(Environment environment, long ownPid) {
    return InheritedSockets.labelled(descriptors(environment, ownPid));
  }

  /** Descriptor to label. */
  static Map<Integer, String> descriptors(Environment environment, long ownPid) {
    Map<Integer, String> found = new TreeMap<>();
    Optional<String> pid = environment.variable("LISTEN_PID");
    Optional<String> count = environment.variable("LISTEN_FDS");
    if (pid.isEmpty() || count.isEmpty() || !pid.get().equals(Long.toString(ownPid))) return found;
    OptionalInt sockets = number(count.get());
    if (sockets.isEmpty()) {
      log.atWarn()
          .addKeyValue("LISTEN_FDS", count.get())
          .log("number of passed sockets not understood (expected: 0 to 1024), none is taken");
      return found;
    }
    String joined = environment.variable("LISTEN_FDNAMES").orElse("");
    List<String> labels = List.of(joined.split(":", -1));
    for (int i = 0; i < sockets.getAsInt(); i++) {
      found.put(FIRST + i, i < labels.size() ? labels.get(i) : "");
    }
    return found;
  }

  private static OptionalInt number(String text) {
    try {
      int number = Integer.parseInt(text);
      return number >= 0 && number <= SOCKETS_MAX ? OptionalInt.of(number) : OptionalInt.empty();
    } catch (NumberFormatException notANumber) {
      return OptionalInt.empty();
    }
  }
}
