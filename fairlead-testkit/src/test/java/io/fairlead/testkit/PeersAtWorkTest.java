package io.fairlead.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class PeersAtWorkTest {
  @Test
  void serverRecordsWhatTheClientSentAndTheClientReadsItsAnswer() throws IOException {
    try (var server = RecordingServer.http(request -> RecordingServer.response(200, "hello"));
        var client = RawClient.connect(server.port())) {
      client.send("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
      assertThat(client.readResponse().text()).isEqualTo("hello");
      assertThat(server.requests()).extracting("target").containsExactly("/x");
      assertThat(server.conversation(0).receivedText())
          .isEqualTo("GET /x HTTP/1.1\r\nHost: a\r\n\r\n");
      client.halfClose();
      assertThat(client.awaitEnd()).isEqualTo(RawClient.End.EOF);
      assertThat(server.conversation(0).awaitOver().end()).contains(RawClient.End.EOF);
    }
  }

  @Test
  void tellsResetFromEndOnBothSides() throws IOException {
    try (var server =
            RecordingServer.start(
                conversation -> {
                  if (conversation.readUntil("!").equals("reset!")) conversation.reset();
                  else conversation.readAll();
                });
        var first = RawClient.connect(server.port());
        var second = RawClient.connect(server.port())) {
      first.send("reset!");
      assertThat(first.awaitEnd()).isEqualTo(RawClient.End.RESET);
      second.send("wait!");
      server.conversation(1).awaitReceived("wait!");
      second.reset();
      assertThat(server.conversation(1).awaitOver().end()).contains(RawClient.End.RESET);
    }
  }

  @Test
  void clientWaitsNoLongerThanItsTimeout() throws IOException {
    try (var server = RecordingServer.start(RecordingServer.Conversation::readAll);
        var client = RawClient.connect("127.0.0.2", server.address())) {
      client.timeout(Duration.ofMillis(50));
      assertThatThrownBy(client::read).isInstanceOf(SocketTimeoutException.class);
      assertThat(client.silentFor(Duration.ofMillis(20))).isTrue();
      assertThat(server.conversation(0).peer().getHostString()).isEqualTo("127.0.0.2");
    }
  }

  @Test
  void processIsWatchedAndEndsWithItsOwner() throws Exception {
    var shell = Peers.require("sh");
    try (var proc = Proc.start(shell.toString(), "-c", "echo up; echo bad >&2; exec sleep 600")) {
      assertThat(proc.awaitLine("up", Duration.ofSeconds(10))).isEqualTo("up");
      assertThat(proc.awaitLine("bad", Duration.ofSeconds(10))).isEqualTo("bad");
      assertThat(proc.stderr()).isEqualTo("bad");
      proc.signal("TERM");
      assertThat(proc.awaitExit(Duration.ofSeconds(10))).isEqualTo(128 + 15);
    }
    Proc left = Proc.start(List.of("sleep", "600"), java.nio.file.Path.of("/"), java.util.Map.of());
    left.close();
    assertThat(left.alive()).isFalse();
  }

  @Test
  void failedRoundNamesItsSeedAndTheSeedRepeatsIt() {
    assertThatThrownBy(() -> Seeds.run(3, random -> assertThat(random.nextInt()).isNull()))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("fairlead.seed=");
    Seeds.run(
        20,
        random -> {
          byte[] bytes = Seeds.bytes(random, 100);
          int sum = Seeds.split(random, bytes).stream().mapToInt(part -> part.length).sum();
          assertThat(sum).isEqualTo(bytes.length);
        });
    assertThat(Seeds.generator(7).nextLong()).isEqualTo(Seeds.generator(7).nextLong());
  }
}
