package io.fairlead.net.dial;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.time.Clock;
import io.fairlead.core.watch.WatchValue;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class ServiceLookupTest {
  private static final int A = 1;
  private static final int AAAA = 28;
  private static final int SRV = 33;

  private final EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "lookup-test");
  private final Set<Integer> broken = ConcurrentHashMap.newKeySet(); // types: SERVFAIL
  private final Set<Integer> gone = ConcurrentHashMap.newKeySet(); // types: no such record
  private DatagramSocket server;
  private ServiceLookup lookup;

  @BeforeEach
  void start() throws SocketException {
    server = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0));
    Thread.ofVirtual().start(this::serve);
    lookup =
        ServiceLookup.of(
            loops,
            loops.loops().getFirst(),
            new JdkResolver(
                new BoundedDnsCache(
                    Clock.system(),
                    BoundedDnsCache.TTL_MIN,
                    new WatchValue<>(DnsLimits.DEFAULTS),
                    DnsMeters.NONE)),
            List.of((InetSocketAddress) server.getLocalSocketAddress()));
  }

  @AfterEach
  void close() {
    lookup.close();
    server.close();
    loops.close();
  }

  private void serve() {
    byte[] buffer = new byte[1500];
    try {
      while (true) {
        DatagramPacket query = new DatagramPacket(buffer, buffer.length);
        server.receive(query);
        byte[] reply = reply(ByteBuffer.wrap(buffer, 0, query.getLength()));
        server.send(new DatagramPacket(reply, reply.length, query.getSocketAddress()));
      }
    } catch (IOException closed) {
      assertThat(server.isClosed()).isTrue();
    }
  }

  /** A name server that knows app.test (two addresses) and _http.app.test. */
  private byte[] reply(ByteBuffer query) throws IOException {
    int id = query.getShort(0);
    query.position(12);
    StringBuilder name = new StringBuilder();
    for (int length = query.get(); length > 0; length = query.get()) {
      byte[] label = new byte[length];
      query.get(label);
      name.append(new String(label)).append('.');
    }
    int type = query.getShort();
    byte[] question = new byte[query.position() + 2 - 12];
    query.position(12);
    query.get(question);

    ByteArrayOutputStream answers = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(answers);
    int count = 0;
    boolean known =
        name.toString().equals("app.test.") || name.toString().equals("_http.app.test.");
    if (broken.contains(type) || gone.contains(type)) {
      known = true;
    } else if (name.toString().equals("app.test.") && type == A) {
      for (int last = 1; last <= 2; last++) {
        record(out, A, last == 1 ? 20 : 9, new byte[] {10, 0, 0, (byte) last});
        count++;
      }
    } else if (name.toString().equals("app.test.") && type == AAAA) {
      record(out, AAAA, 60, InetAddress.getByName("2001:db8::7").getAddress());
      count++;
    } else if (name.toString().equals("_http.app.test.") && type == SRV) {
      byte[] target = {3, 'a', 'p', 'p', 4, 't', 'e', 's', 't', 0};
      ByteBuffer data = ByteBuffer.allocate(6 + target.length);
      data.putShort((short) 1).putShort((short) 60).putShort((short) 8081).put(target);
      record(out, SRV, 300, data.array());
      count++;
    }
    ByteArrayOutputStream reply = new ByteArrayOutputStream();
    DataOutputStream head = new DataOutputStream(reply);
    head.writeShort(id);
    head.writeShort(broken.contains(type) ? 0x8182 : known ? 0x8180 : 0x8183);
    head.writeShort(1);
    head.writeShort(count);
    head.writeInt(0);
    head.write(question);
    head.write(answers.toByteArray());
    return reply.toByteArray();
  }

  private static void record(DataOutputStream out, int type, int ttl, byte[] data)
      throws IOException {
    out.writeShort(0xc00c); // the name asked for
    out.writeShort(type);
    out.writeShort(1);
    out.writeInt(ttl);
    out.writeShort(data.length);
    out.write(data);
  }

  @Test
  void findsAllAddressesAndTheShortestTimeTheyHold() throws Exception {
    ServiceLookup.Answer answer = await(lookup.addresses("app.test", 80));
    assertThat(answer.hosts())
        .extracting(host -> host.address().getHostAddress())
        .containsExactlyInAnyOrder("10.0.0.1", "10.0.0.2", "2001:db8:0:0:0:0:0:7");
    assertThat(answer.hosts()).allMatch(host -> host.port() == 80);
    assertThat(answer.ttl()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void findsServicesWithPortWeightAndPriority() throws Exception {
    ServiceLookup.Answer answer = await(lookup.services("_http.app.test"));
    assertThat(answer.hosts()).hasSize(3);
    assertThat(answer.hosts())
        .allMatch(host -> host.port() == 8081 && host.weight() == 60 && host.priority() == 1);
    assertThat(answer.ttl()).isEqualTo(Duration.ofSeconds(9));
  }

  @Test
  void whatNoServerAnswersStaysAsItWas() throws Exception {
    assertThat(await(lookup.addresses("app.test", 80)).hosts()).hasSize(3);
    broken.add(AAAA);
    ServiceLookup.Answer answer = await(lookup.addresses("app.test", 80));
    assertThat(answer.hosts()).as("the old address of one kind").hasSize(3);
    assertThat(answer.ttl()).isLessThanOrEqualTo(Duration.ofSeconds(5));
    broken.add(A);
    assertThat(await(lookup.services("_http.app.test")).hosts()).as("a target").hasSize(3);
    assertThatThrownBy(() -> await(lookup.addresses("app.test", 80)))
        .as("nothing was answered")
        .hasRootCauseInstanceOf(java.net.UnknownHostException.class);
    broken.clear();
    gone.add(A);
    assertThat(await(lookup.addresses("app.test", 80)).hosts())
        .as("a server says that there is none")
        .hasSize(1);
    broken.add(A);
    assertThat(await(lookup.addresses("app.test", 80)).hosts()).as("nor was before").hasSize(1);
  }

  @Test
  void anUnknownNameFails() {
    assertThatThrownBy(() -> await(lookup.addresses("nowhere.test", 80)))
        .hasRootCauseInstanceOf(java.net.UnknownHostException.class);
  }

  private static <T> T await(java.util.concurrent.CompletionStage<T> stage) throws Exception {
    return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
  }
}
