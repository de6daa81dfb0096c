package io.fairlead.it;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Opens sockets and passes them to a program, as a service manager does with a {@code .socket}
 * unit: blocking, from descriptor 3 on. Starts the program again, with the same sockets, each time
 * it ends in order.
 */
final class SocketManager {
  private static final String PROGRAM =
      """
      import os, socket, sys
      end = sys.argv.index('--')
      opened, names = [], []
      for word in sys.argv[1:end]:
          name, kind, where = word.split('=', 2)
          host, _, port = where.rpartition(':')
          if kind == 'unix':
              s = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
              s.bind(where)
          elif kind == 'file':
              s = open(where, 'w')
          else:
              family = socket.AF_INET6 if ':' in host else socket.AF_INET
              type = socket.SOCK_DGRAM if kind == 'udp' else socket.SOCK_STREAM
              s = socket.socket(family, type)
              s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
              if family == socket.AF_INET6:
                  s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
              s.bind((host, int(port)))
          if kind in ('tcp', 'unix'):
              s.listen(128)
          opened.append(s)
          names.append(name)
      # High first, so that no copy falls upon another.
      high = [os.dup(s.fileno()) for s in opened]
      high = [fd if fd >= 3 + len(high) else os.dup2(fd, 100 + fd) for fd in high]
      print('bound', flush=True)
      for turn in range(2):
          child = os.fork()
          if child == 0:
              for i, fd in enumerate(high):
                  os.dup2(fd, 3 + i, inheritable=True)
              os.environ['LISTEN_PID'] = str(os.getpid() + int(os.environ.get('PID_OFF', '0')))
              os.environ['LISTEN_FDS'] = str(len(high))
              os.environ['LISTEN_FDNAMES'] = ':'.join(names)
              os.execv(sys.argv[end + 1], sys.argv[end + 1:])
          print('child ' + str(child), flush=True)
          if os.waitpid(child, 0)[1] != 0:
              sys.exit(1)
      """;

  private SocketManager() {}

  /**
   * @param sockets each {@code LABEL=tcp=HOST:PORT}, {@code LABEL=udp=HOST:PORT}, {@code
   *     LABEL=unix=PATH} or, for what is no socket, {@code LABEL=file=PATH}
   */
  static Proc start(
      Launched fairlead,
      Path dir,
      Map<String, String> variables,
      List<String> sockets,
      String... words)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Peers.require("python3").toString());
    command.add("-c");
    command.add(PROGRAM);
    command.addAll(sockets);
    command.add("--");
    command.addAll(fairlead.command(words));
    Map<String, String> environment = new HashMap<>(fairlead.environment());
    environment.putAll(variables);
    return Proc.start(command, dir, environment);
  }
}
