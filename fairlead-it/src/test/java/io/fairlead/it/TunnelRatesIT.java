package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a service may carry in a second. */
@Timeout(120)
class TunnelRatesIT {
  private static final int BYTES = 256 * 1024;

  @Test
  void aServicesBandwidthBoundsItAndNoOtherOfItsAgent() throws Exception {
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "");
        ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      String destination = ", type: tcp, destination: \"127.0.0.1:" + echo.port() + "\"";
      lab.agent(
          "box", "name: slow" + destination + ", bandwidth: 256KiB/s", "name: fast" + destination);
      int slow = lab.port("box", "slow");
      int fast = lab.port("box", "fast");
      long begun = System.nanoTime();
      // Two users of the slow one share it.
      CompletableFuture<Long> first = CompletableFuture.supplyAsync(() -> done(slow, begun), users);
      CompletableFuture<Long> second =
          CompletableFuture.supplyAsync(() -> done(slow, begun), users);
      long unbound = done(fast, begun);
      long both = Math.max(first.get(60, TimeUnit.SECONDS), second.get(60, TimeUnit.SECONDS));
      double seconds = both / 1e9;
      // A tenth of a second's bytes pass at once.
      assertThat(2.0 * BYTES / seconds).isLessThan(310 * 1024);
      assertThat(unbound).isLessThan(both / 2);
    }
  }

  /** When all bytes were back, in nanoseconds after {@code begun}. */
  private static long done(int port, long begun) {
    try (Socket socket = TunnelLab.connect(port)) {
      socket.setSoTimeout(30_000);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  socket.getOutputStream().write(new byte[BYTES]);
                } catch (IOException gone) {
                  // the reader says so
                }
              });
      assertThat(socket.getInputStream().readNBytes(BYTES)).hasSize(BYTES);
      return System.nanoTime() - begun;
    } catch (IOException broken) {
      throw new java.io.UncheckedIOException(broken);
    }
  }
}
