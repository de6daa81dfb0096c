package io.fairlead.it;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Names are asked for through a tunnel (RFC 1035 §4.1) while a third of all datagrams is lost
 * before it and behind it: who asks again gets the answer to its own question, and only that.
 */
@Timeout(120)
class TunnelDatagramsIT {
  private static final int CLIENTS = 8;
  private static final int NAMES = 12;
  private static final int HEADER = 12;

  @Test
  void everyNameIsFoundThoughAThirdOfAllDatagramsIsLost() throws Exception {
    AtomicInteger dropped = new AtomicInteger();
    try (var service =
            new DatagramSocket(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        var lab = TunnelLab.start("udp_ports: " + TunnelLab.freePorts(2), "");
        ExecutorService users = Executors.newVirtualThreadPerTaskExecutor()) {
      users.submit(() -> answer(service, new Random(1), dropped));
      lab.agent(
          "box", "name: dns, type: udp, destination: \"127.0.0.1:" + service.getLocalPort() + "\"");
      int port = lab.port("box", "dns");
      List<Future<Integer>> all = new ArrayList<>();
      for (int client = 0; client < CLIENTS; client++) {
        int seed = client;
        Callable<Integer> asking = () -> ask(port, seed, dropped);
        all.add(users.submit(asking));
      }
      int tries = 0;
      for (Future<Integer> each : all) tries += each.get(90, TimeUnit.SECONDS);
      assertThat(tries).isGreaterThan(CLIENTS * NAMES);
      assertThat(dropped.get()).isGreaterThan(CLIENTS * NAMES / 10);
      service.close();
    }
  }

  /** Asks for all names of one client; how many questions that took. */
  private static int ask(int port, int client, AtomicInteger dropped) throws IOException {
    Random chance = new Random(client + 100);
    int tries = 0;
    try (DatagramSocket socket = new DatagramSocket()) {
      socket.setSoTimeout(200);
      for (int i = 0; i < NAMES; i++) {
        String name = "host-" + i + ".client-" + client + ".test";
        byte[] question = question(client * NAMES + i, name);
        boolean found = false;
        for (int attempt = 0; attempt < 60 && !found; attempt++) {
          tries++;
          if (chance.nextInt(3) == 0) {
            dropped.incrementAndGet(); // lost before the tunnel
          } else {
            socket.send(
                new DatagramPacket(
                    question, question.length, InetAddress.getLoopbackAddress(), port));
          }
          found = heard(socket, question);
        }
        assertThat(found).as(name).isTrue();
      }
    }
    return tries;
  }

  /** Whether the answer to this question comes; what else comes is an answer to a former one. */
  private static boolean heard(DatagramSocket socket, byte[] question) throws IOException {
    while (true) {
      DatagramPacket packet = new DatagramPacket(new byte[512], 512);
      try {
        socket.receive(packet);
      } catch (SocketTimeoutException lost) {
        return false;
      }
      byte[] answer = Arrays.copyOf(packet.getData(), packet.getLength());
      if (answer[0] != question[0] || answer[1] != question[1]) continue;
      assertThat(answer[2] & 0x80).as("a response").isEqualTo(0x80);
      assertThat(Arrays.copyOfRange(answer, HEADER, question.length))
          .as("to this question")
          .isEqualTo(Arrays.copyOfRange(question, HEADER, question.length));
      assertThat(Arrays.copyOfRange(answer, answer.length - 4, answer.length))
          .as("the address is the name's")
          .isEqualTo(address(question));
      return true;
    }
  }

  private static byte[] address(byte[] question) {
    int hash = Arrays.hashCode(Arrays.copyOfRange(question, HEADER, question.length));
    return ByteBuffer.allocate(4).putInt(hash).array();
  }

  private static byte[] question(int id, String name) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.writeBytes(new byte[] {(byte) (id >> 8), (byte) id, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    for (String label : name.split("\\.", -1)) {
      out.write(label.length());
      out.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    out.writeBytes(new byte[] {0, 0, 1, 0, 1}); // the root, A, IN
    return out.toByteArray();
  }

  private static void answer(DatagramSocket service, Random chance, AtomicInteger dropped) {
    try {
      while (true) {
        DatagramPacket packet = new DatagramPacket(new byte[512], 512);
        service.receive(packet);
        if (chance.nextInt(3) == 0) {
          dropped.incrementAndGet(); // lost behind the tunnel
          continue;
        }
        byte[] question = Arrays.copyOf(packet.getData(), packet.getLength());
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        byte[] head = Arrays.copyOf(question, question.length);
        head[2] |= (byte) 0x80;
        head[7] = 1; // one answer
        out.writeBytes(head);
        out.writeBytes(new byte[] {(byte) 0xC0, HEADER, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4});
        out.writeBytes(address(question));
        service.send(new DatagramPacket(out.toByteArray(), out.size(), packet.getSocketAddress()));
      }
    } catch (IOException closed) {
      // the test is over
    }
  }
}
