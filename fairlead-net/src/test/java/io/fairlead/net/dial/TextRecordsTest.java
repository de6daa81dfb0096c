package io.fairlead.net.dial;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.core.time.Clock;
import io.fairlead.net.loop.EventLoops;
import io.fairlead.net.loop.TransportKind;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.dns.DefaultDnsRawRecord;
import io.netty.handler.codec.dns.DnsRecord;
import io.netty.handler.codec.dns.DnsRecordType;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class TextRecordsTest {
  private static DnsRecord record(DnsRecordType type, int... bytes) {
    byte[] data = new byte[bytes.length];
    for (int i = 0; i < data.length; i++) data[i] = (byte) bytes[i];
    return new DefaultDnsRawRecord("x.", type, 60, Unpooled.wrappedBuffer(data));
  }

  @Test
  void theStringsOfARecordAreJoinedAndCutOnesPassedOver() {
    assertThat(
            TextRecords.read(
                List.of(
                    record(DnsRecordType.TXT, 2, 'a', 'b', 1, 'c'),
                    record(DnsRecordType.TXT, 3, 'a', 'b'),
                    record(DnsRecordType.A, 1, 'a'),
                    record(DnsRecordType.TXT, 0),
                    record(DnsRecordType.TXT))))
        .containsExactly("abc", "", "");
  }

  @Test
  void aNameServerIsAsked() throws Exception {
    try (EventLoops loops = EventLoops.create(1, TransportKind.AUTO, "text-test");
        DatagramSocket server = new DatagramSocket(new InetSocketAddress("127.0.0.1", 0))) {
      Thread.ofVirtual().start(() -> serve(server));
      try (NameResolver resolver =
          NameResolver.of(
              loops,
              new NameServers(
                  List.of((InetSocketAddress) server.getLocalSocketAddress()),
                  Duration.ofSeconds(1),
                  Duration.ofHours(1)),
              Clock.system())) {
        var loop = loops.loops().getFirst();
        assertThat(
                resolver.texts("known.test", loop).toCompletableFuture().get(30, TimeUnit.SECONDS))
            .containsExactlyInAnyOrder("one", "two");
        assertThatThrownBy(
                () ->
                    resolver
                        .texts("unknown.test", loop)
                        .toCompletableFuture()
                        .get(30, TimeUnit.SECONDS))
            .isInstanceOf(ExecutionException.class)
            .hasCauseInstanceOf(UnknownHostException.class);
      }
    }
  }

  private static void serve(DatagramSocket server) {
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

  /** Two texts for names that begin with k, else that there is no such name. */
  private static byte[] reply(ByteBuffer query) throws IOException {
    boolean known = query.get(13) == 'k';
    int end = 12;
    while (query.get(end) != 0) end += 1 + query.get(end);
    byte[] question = new byte[end + 5 - 12];
    query.get(12, question);
    ByteArrayOutputStream reply = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(reply);
    out.writeShort(query.getShort(0));
    out.writeShort(known ? 0x8180 : 0x8183);
    out.writeShort(1);
    out.writeShort(known ? 2 : 0);
    out.writeInt(0);
    out.write(question);
    for (String text : known ? List.of("one", "two") : List.<String>of()) {
      out.writeShort(0xc00c); // the name asked for
      out.writeShort(16);
      out.writeShort(1);
      out.writeInt(60);
      out.writeShort(1 + text.length());
      out.writeByte(text.length());
      out.write(text.getBytes(US_ASCII));
    }
    return reply.toByteArray();
  }
}
