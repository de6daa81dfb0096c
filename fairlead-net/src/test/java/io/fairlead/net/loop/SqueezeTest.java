package io.fairlead.net.loop;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import io.netty.channel.embedded.EmbeddedChannel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SqueezeTest {
  private final RelayBuffers buffers = new RelayBuffers(ByteSize.ofMebi(64));
  private final EmbeddedChannel reader = channel();
  private final EmbeddedChannel writer = channel();

  @AfterEach
  void close() {
    reader.close();
    writer.close();
  }

  private EmbeddedChannel channel() {
    EmbeddedChannel channel = new EmbeddedChannel();
    buffers.install(channel);
    return channel;
  }

  /** Reads that fill what they were given; returns the size of the last. */
  private int reads(int times) {
    int size = 0;
    for (int i = 0; i < times; i++) {
      var handle = reader.unsafe().recvBufAllocHandle();
      handle.reset(reader.config());
      var buffer = handle.allocate(reader.alloc());
      size = buffer.writableBytes();
      buffer.release();
      handle.attemptedBytesRead(size);
      handle.lastBytesRead(size);
      handle.readComplete();
    }
    return size;
  }

  @Test
  void aBusyRelayFallsBackTo64KiBAndGivesItsLeaseBack() {
    RelayBuffers.relay(reader, writer);
    assertThat(reads(8)).isEqualTo(RelayBuffers.READ_LARGE_MAX);
    assertThat(buffers.leasedBytes()).isEqualTo(RelayBuffers.LEASE_BYTES);
    buffers.squeeze(Squeeze.TIGHT);
    assertThat(reads(8)).isEqualTo(RelayBuffers.READ_SMALL_MAX);
    assertThat(buffers.leasedBytes()).isZero();
    assertThat(writer.config().getWriteBufferHighWaterMark()).isEqualTo(8 * 1024);
  }

  @Test
  void aWriterWithALittleWaitingStopsItsReader() {
    RelayBuffers.relay(reader, writer);
    buffers.squeeze(Squeeze.TIGHT);
    reads(1);
    writer.unsafe().outboundBuffer(); // exists
    writer.write(writer.alloc().buffer(9 * 1024).writeZero(9 * 1024));
    assertThat(writer.isWritable()).isFalse();
    assertThat(RelayBuffers.relayed(reader)).isGreaterThanOrEqualTo(9 * 1024);
    writer.flush();
    assertThat(writer.isWritable()).isTrue();
    writer.releaseOutbound();
  }

  @Test
  void underTheGreatestPressureReadsAreLeast() {
    RelayBuffers.relay(reader, writer);
    buffers.squeeze(Squeeze.LEAST);
    assertThat(reads(8)).isEqualTo(RelayBuffers.READ_START);
  }

  @Test
  void everythingIsAsBeforeAfterwards() {
    RelayBuffers.relay(reader, writer);
    buffers.squeeze(Squeeze.LEAST);
    reads(2);
    buffers.squeeze(Squeeze.NONE);
    reads(1);
    assertThat(writer.config().getWriteBufferHighWaterMark()).isEqualTo(64 * 1024);
    assertThat(reads(8)).isEqualTo(RelayBuffers.READ_LARGE_MAX);
  }

  @Test
  void anotherWriterIsHeldBackAndTheOldOneLetGo() {
    EmbeddedChannel next = channel();
    RelayBuffers.relay(reader, writer);
    buffers.squeeze(Squeeze.TIGHT);
    reads(1);
    RelayBuffers.relay(reader, next);
    assertThat(writer.config().getWriteBufferHighWaterMark()).isEqualTo(64 * 1024);
    assertThat(next.config().getWriteBufferHighWaterMark()).isEqualTo(8 * 1024);
    next.close();
  }

  @Test
  void aSmallerBudgetLeasesLess() {
    buffers.budget(new ByteSize(RelayBuffers.LEASE_BYTES - 1));
    RelayBuffers.relay(reader, writer);
    assertThat(reads(8)).isEqualTo(RelayBuffers.READ_SMALL_MAX);
  }
}
