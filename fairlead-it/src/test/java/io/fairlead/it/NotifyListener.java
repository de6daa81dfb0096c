package io.fairlead.it;

import io.fairlead.testkit.Peers;
import io.fairlead.testkit.Proc;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/** The receiving end of {@code NOTIFY_SOCKET}, in place of a service manager. */
final class NotifyListener implements AutoCloseable {
  private static final String PROGRAM =
      """
      import json, socket, sys, time
      s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
      name = sys.argv[1]
      s.bind('\\0' + name[1:] if name[0] == '@' else name)
      print('bound', flush=True)
      while True:
          text = s.recv(8192).decode()
          line = '|'.join(text.split('\\n'))
          print(str(time.monotonic_ns() // 1000) + ' ' + line, flush=True)
      """;

  private final Proc listener;

  private NotifyListener(Proc listener) {
    this.listener = listener;
  }

  /**
   * One datagram.
   *
   * @param atMicros of {@code CLOCK_MONOTONIC}
   * @param text its lines, joined by {@code |}
   */
  record Notice(long atMicros, String text) {}

  /**
   * Listens.
   *
   * @param address a path, or {@code @} and a name in the abstract namespace
   */
  static NotifyListener at(String address, Path dir) throws IOException, InterruptedException {
    Path python = Peers.require("python3");
    Proc listener = Proc.start(List.of(python.toString(), "-c", PROGRAM, address), dir, Map.of());
    listener.awaitLine("bound", Duration.ofSeconds(10));
    return new NotifyListener(listener);
  }

  /** Everything received so far. */
  List<Notice> notices() {
    return listener
        .stdout()
        .lines()
        .skip(1)
        .map(line -> line.split(" ", 2))
        .map(parts -> new Notice(Long.parseLong(parts[0]), parts[1]))
        .toList();
  }

  /** The notices that hold the line {@code what}. */
  List<Notice> with(String what) {
    return notices().stream()
        .filter(notice -> List.of(notice.text().split("\\|")).contains(what))
        .toList();
  }

  @Override
  public void close() {
    listener.close();
  }
}
