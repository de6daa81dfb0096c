package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Tunnels under load, with streams that stall and carriers that break. */
@Timeout(120)
class TunnelLoadIT {
  /** Users try again at once; what that costs them of their rate must not be the agents'. */
  private static final String USERS = "127.0.0.9";

  private static final int STREAMS = 100;

  private static String tcp(String name, EchoService service) {
    return "name: " + name + ", type: tcp, destination: \"127.0.0.1:" + service.port() + "\"";
  }

  @Test
  void aStreamThatNobodyReadsHoldsUpNoOther() throws Exception {
    try (var echo = EchoService.start();
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(2), "");
        ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      lab.agent("box", tcp("svc", echo));
      int port = lab.port("box", "svc");
      AtomicBoolean over = new AtomicBoolean();
      try (Socket stalled = TunnelLab.connect(port)) {
        Future<?> writer = users.submit(() -> writeUnread(stalled, over));
        // Until its windows and the sockets behind them are full.
        lab.awaitReport("\"streams\":1");
        List<Future<Integer>> all = new ArrayList<>();
        for (int i = 1; i < STREAMS; i++) {
          int seed = i;
          all.add(users.submit(() -> exchange(port, seed, 64 * 1024)));
        }
        for (Future<Integer> each : all) {
          assertThat(each.get(40, TimeUnit.SECONDS)).isEqualTo(64 * 1024);
        }
        assertThat(writer.isDone()).isFalse();
        over.set(true);
      }
    }
  }

  /** Fills a stream whose echo nobody reads. */
  private static void writeUnread(Socket socket, AtomicBoolean over) {
    byte[] bytes = new byte[64 * 1024];
    try {
      OutputStream out = socket.getOutputStream();
      while (!over.get()) out.write(bytes);
    } catch (IOException closed) {
      // the test is over
    }
  }

  /** Sends bytes of a seed and compares what comes back; how many came back right. */
  private static int exchange(int port, int seed, int count) throws IOException {
    byte[] bytes = new byte[count];
    new Random(seed).nextBytes(bytes);
    try (Socket socket = TunnelLab.connect(port)) {
      socket.setSoTimeout(30_000);
      Thread.ofVirtual()
          .start(
              () -> {
                try {
                  socket.getOutputStream().write(bytes);
                  socket.shutdownOutput();
                } catch (IOException gone) {
                  // the reader says so
                }
              });
      byte[] back = socket.getInputStream().readAllBytes();
      assertThat(back).startsWith(java.util.Arrays.copyOf(bytes, back.length));
      return back.length;
    }
  }

  @Test
  void carriersThatBreakUnderLoadCostTheirStreamsAndNoWrongByte() throws Exception {
    try (var a = EchoService.start("A");
        var b = EchoService.start("B");
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "");
        ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      lab.agentWith(
          "token: !secret \"" + lab.token("one", "") + "\"\n    connections: 2", tcp("svc", a));
      lab.agentWith(
          "token: !secret \"" + lab.token("two", "") + "\"\n    connections: 2", tcp("svc", b));
      int first = lab.port("one", "svc");
      int second = lab.port("two", "svc");
      AtomicBoolean over = new AtomicBoolean();
      AtomicInteger whole = new AtomicInteger();
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        boolean toFirst = i % 2 == 0;
        int seed = i;
        Callable<Void> user =
            () -> {
              Random chance = new Random(seed);
              while (!over.get()) {
                if (talk(toFirst ? first : second, toFirst ? 'A' : 'B', chance)) {
                  whole.incrementAndGet();
                }
              }
              return null;
            };
        all.add(users.submit(user));
      }
      int cuts = 0;
      try {
        for (int round = 0; round < 6; round++) {
          int before = whole.get();
          cuts += cutCarriers(lab);
          await().atMost(Duration.ofSeconds(20)).until(() -> whole.get() > before + 8);
        }
      } finally {
        over.set(true);
      }
      for (Future<?> each : all) each.get(30, TimeUnit.SECONDS);
      assertThat(cuts).isGreaterThan(5);
    }
  }

  @Test
  @Tag("nightly")
  void carriersThatBreakEveryTwoSecondsForAMinuteCostNoByte() throws Exception {
    try (var a = EchoService.start("A");
        var b = EchoService.start("B");
        var lab = TunnelLab.start("tcp_ports: " + TunnelLab.freePorts(4), "");
        ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
        ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      lab.agent("one", tcp("svc", a));
      lab.agent("two", tcp("svc", b));
      int first = lab.port("one", "svc");
      int second = lab.port("two", "svc");
      AtomicInteger cuts = new AtomicInteger();
      AtomicInteger whole = new AtomicInteger();
      AtomicInteger broken = new AtomicInteger();
      AtomicBoolean over = new AtomicBoolean();
      var _ =
          timer.scheduleAtFixedRate(
              () -> {
                try {
                  cuts.addAndGet(cutCarriers(lab));
                } catch (IOException gone) {
                  throw new UncheckedIOException(gone);
                }
              },
              2,
              2,
              TimeUnit.SECONDS);
      var _ = timer.schedule(() -> over.set(true), 60, TimeUnit.SECONDS);
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        boolean toFirst = i % 2 == 0;
        int seed = i;
        Callable<Void> user =
            () -> {
              Random chance = new Random(seed);
              while (!over.get()) {
                boolean done = talk(toFirst ? first : second, toFirst ? 'A' : 'B', chance);
                (done ? whole : broken).incrementAndGet();
              }
              return null;
            };
        all.add(users.submit(user));
      }
      for (Future<?> each : all) each.get(100, TimeUnit.SECONDS);
      timer.shutdownNow();
      System.out.printf(
          "carriers cut %d, conversations whole %d, broken %d%n",
          cuts.get(), whole.get(), broken.get());
      assertThat(cuts.get()).isGreaterThan(30);
      assertThat(whole.get()).isGreaterThan(200);
    }
  }

  /** One conversation; whether it came to its end. What did come back is right in any case. */
  private static boolean talk(int port, int greeting, Random chance) {
    byte[] bytes = new byte[32 * 1024];
    chance.nextBytes(bytes);
    try (Socket socket = TunnelLab.connect(port, USERS)) {
      int heard = socket.getInputStream().read();
      if (heard < 0) return false;
      if (heard != greeting) throw new AssertionError("heard " + heard + " of the wrong agent");
      socket.getOutputStream().write(bytes);
      for (byte expected : bytes) {
        int got = socket.getInputStream().read();
        if (got < 0) throw new AssertionError("a broken stream ended as if it were whole");
        if ((byte) got != expected) throw new AssertionError("a wrong byte");
      }
      return true;
    } catch (IOException broken) {
      return false;
    }
  }

  private static int cutCarriers(TunnelLab lab) throws IOException {
    String open = lab.server().api().get("/v1/connections").text();
    Matcher carriers =
        Pattern.compile("\"id\":([0-9]+)[^{}]*\"kind\":\"tunnel_carrier\"").matcher(open);
    int cut = 0;
    while (carriers.find()) {
      lab.server().api().send("DELETE", "/v1/connections/" + carriers.group(1), "");
      cut++;
    }
    return cut;
  }
}
