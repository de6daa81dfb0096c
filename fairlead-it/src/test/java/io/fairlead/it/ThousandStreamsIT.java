package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand streams at once, beside one that takes all it can get: none is starved. */
@Timeout(90)
class ThousandStreamsIT {
  private static final int STREAMS = 1000;
  private static final int ROUNDS = 5;
  private static final int MESSAGE = 1024;

  private static void echo(ServerSocket server) {
    while (!server.isClosed()) {
      try {
        Socket socket = server.accept();
        Thread.ofVirtual()
            .start(
                () -> {
                  try (socket) {
                    socket.getInputStream().transferTo(socket.getOutputStream());
                  } catch (IOException ended) {
                    // the client's affair
                  }
                });
      } catch (IOException closed) {
        return;
      }
    }
  }

  @Test
  void noneIsStarved() throws Exception {
    try (ServerSocket server = new ServerSocket(0, 2000, InetAddress.getLoopbackAddress());
        GatewayFixture gateway =
            GatewayFixture.start(
                """
                limits: { connections_per_ip: off, new_connections_per_ip: off }
                listeners: { many: { bind: "127.0.0.1:0", proto: tcp, service: echo } }
                streams: { echo: { upstream: echo } }
                upstreams:
                  echo:
                    endpoints: [ { address: "127.0.0.1:%d" } ]
                    breaker: { max_connections: 2000 }
                """
                    .formatted(server.getLocalPort()))) {
      Thread.ofVirtual().start(() -> echo(server));
      int port = gateway.port("many");
      AtomicIntegerArray done = new AtomicIntegerArray(STREAMS);
      AtomicBoolean stop = new AtomicBoolean();
      List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
      CountDownLatch connected = new CountDownLatch(STREAMS);
      CountDownLatch finished = new CountDownLatch(STREAMS);
      Thread greedy = greedy(port, stop, failures);
      for (int i = 0; i < STREAMS; i++) {
        int number = i;
        Thread.ofVirtual()
            .start(
                () -> {
                  try (Socket socket = new Socket("127.0.0.1", port)) {
                    socket.setSoTimeout((int) Duration.ofSeconds(40).toMillis());
                    byte[] message = new byte[MESSAGE];
                    Arrays.fill(message, (byte) number);
                    connected.countDown();
                    connected.await(); // all of them are open before the first speaks
                    for (int round = 0; round < ROUNDS; round++) {
                      socket.getOutputStream().write(message);
                      assertThat(socket.getInputStream().readNBytes(MESSAGE)).isEqualTo(message);
                      done.incrementAndGet(number);
                    }
                  } catch (IOException | InterruptedException | AssertionError failure) {
                    failures.add(failure);
                    connected.countDown();
                  } finally {
                    finished.countDown();
                  }
                });
      }
      boolean all = finished.await(60, TimeUnit.SECONDS);
      stop.set(true);
      greedy.join();
      assertThat(failures).isEmpty();
      assertThat(all).isTrue();
      for (int i = 0; i < STREAMS; i++) assertThat(done.get(i)).isEqualTo(ROUNDS);
    }
  }

  /** Sends and receives as much as goes. */
  private static Thread greedy(int port, AtomicBoolean stop, List<Throwable> failures)
      throws IOException {
    Socket socket = new Socket("127.0.0.1", port);
    Thread.ofVirtual()
        .start(
            () -> {
              try {
                byte[] block = new byte[64 * 1024];
                while (!stop.get()) socket.getOutputStream().write(block);
                socket.shutdownOutput();
              } catch (IOException failure) {
                failures.add(failure);
              }
            });
    return Thread.ofVirtual()
        .start(
            () -> {
              try (socket) {
                byte[] block = new byte[64 * 1024];
                while (socket.getInputStream().read(block) >= 0) {
                  // as fast as it comes
                }
              } catch (IOException failure) {
                failures.add(failure);
              }
            });
  }
}
