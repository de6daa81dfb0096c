package io.fairlead.libp2p.netty;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class BlockingStreamTest {
  private final Node a = new Node();
  private final Node b = new Node();
  private final BlockingQueue<BlockingStream> answered = new ArrayBlockingQueue<>(4);
  private BlockingStream ours;
  private BlockingStream theirs;

  @BeforeEach
  void connect() throws Exception {
    b.protocols.put("/p", stream -> answered.add(BlockingStream.of(stream)));
    PeerConnection connection = a.dial(b.listen(""), b.id());
    CompletableFuture<BlockingStream> made = new CompletableFuture<>();
    Node.get(connection.open(List.of("/p"), stream -> made.complete(BlockingStream.of(stream))));
    ours = Node.get(made);
    theirs = answered.poll(5, TimeUnit.SECONDS);
  }

  @AfterEach
  void close() {
    a.close();
    b.close();
  }

  @Test
  void bytesBothWaysAndTheEndsOfBothDirections() throws Exception {
    ours.out().write("question".getBytes(UTF_8));
    ours.closeWrite();
    assertThat(new String(theirs.in().readAllBytes(), UTF_8)).isEqualTo("question");
    theirs.out().write("answer".getBytes(UTF_8));
    theirs.out().close();
    assertThat(ours.in().read()).isEqualTo('a');
    assertThat(new String(ours.in().readAllBytes(), UTF_8)).isEqualTo("nswer");
  }

  @Test
  void aWriterWaitsForTheReader() throws Exception {
    byte[] much = new byte[8 << 20];
    Thread writer =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    ours.out().write(much);
                    ours.closeWrite();
                  } catch (IOException failed) {
                    ours.reset(1);
                  }
                });
    assertThat(writer.join(Duration.ofMillis(200))).isFalse();
    assertThat(theirs.in().readAllBytes()).hasSize(much.length);
    assertThat(writer.join(Duration.ofSeconds(5))).isTrue();
  }

  @Test
  void aResetEndsReadsAndWrites() throws Exception {
    theirs.reset(4242);
    assertThatThrownBy(() -> ours.in().read()).hasMessage("stream /p: reset, code 4242");
    assertThatThrownBy(
            () -> {
              for (int i = 0; i < 100; i++) ours.out().write(new byte[100_000]);
            })
        .isInstanceOf(IOException.class);
  }

  @Test
  void readsAndWritesHaveATimeLimit() {
    ours.timeout(Duration.ofMillis(50));
    assertThatThrownBy(() -> ours.in().read()).isInstanceOf(SocketTimeoutException.class);
    assertThatThrownBy(() -> ours.out().write(new byte[4 << 20]))
        .isInstanceOf(SocketTimeoutException.class);
  }

  @Test
  void whatIsNotReadMayBeDropped() throws Exception {
    ours.closeRead();
    theirs.timeout(Duration.ofSeconds(10));
    theirs.out().write(new byte[4 << 20]);
    theirs.closeWrite();
    ours.close();
    assertThat(theirs.in().read()).isEqualTo(-1);
  }
}
