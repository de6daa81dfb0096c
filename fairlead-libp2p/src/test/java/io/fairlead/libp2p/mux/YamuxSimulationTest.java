package io.fairlead.libp2p.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.testkit.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.PooledByteBufAllocator;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Two ends over a slow pipe, with applications that open, write, read, half-close and reset as
 * chance has it. After every step: windows within their bounds, no byte lost, doubled or out of
 * order, memory within the budget.
 */
class YamuxSimulationTest {
  private static final long WINDOWS_MAX = 3L * 1024 * 1024;

  @Test
  void noByteIsLostOrReorderedWhateverHappens() {
    Seeds.run(12, random -> new World(random, 1500).run());
  }

  /** The peer writes what it can; nobody reads; then all of it is read. */
  @Test
  void memoryStaysFlatWhileAReaderSleeps() {
    Seeds.run(
        3,
        random -> {
          YamuxSettings settings =
              YamuxSettings.DEFAULTS.withWindows(1 << 20, new ByteSize(WINDOWS_MAX));
          MuxEnd writer = new MuxEnd(true, settings);
          MuxEnd reader = new MuxEnd(false, settings);
          MuxEnd.End out = writer.open();
          ByteBuf chunk = PooledByteBufAllocator.DEFAULT.buffer(1 << 20).writeZero(1 << 20);
          for (int i = 0; i < 64; i++) out.send(chunk.retainedSlice());
          chunk.release();
          for (int i = 0; i < 2000; i++) {
            move(writer, reader, 1 + random.nextInt(100_000));
            assertThat(writer.writtenBytes()).isLessThan(writer.outputMax + 200_000);
          }
          MuxEnd.End in = reader.accepted.get(0);
          assertThat(in.heldBytes()).isEqualTo(YamuxSettings.WINDOW_START);
          assertThat(reader.budget.usedBytes()).isEqualTo(YamuxSettings.WINDOW_START);
          while (in.receivedBytes < 64 << 20) {
            in.read(1 + random.nextInt(300_000));
            move(writer, reader, 1 << 20);
            assertThat(in.heldBytes()).isLessThanOrEqualTo(1 << 20);
            writer.now += 1000;
            reader.now += 1000;
          }
          in.read(Integer.MAX_VALUE);
          writer.release();
          reader.release();
          out.drop();
          assertThat(reader.budget.usedBytes()).isZero();
        });
  }

  private static void move(MuxEnd a, MuxEnd b, int bytes) {
    a.session.pump(a.now);
    b.session.pump(b.now);
    a.moveTo(b, bytes);
    b.moveTo(a, bytes);
  }

  /** What one application stream was given and has got; the byte at n of stream s is known. */
  private static final class Flow {
    final MuxEnd.End end;
    final int salt;
    long given;
    long got;
    boolean finished;

    Flow(MuxEnd.End end, int salt) {
      this.end = end;
      this.salt = salt;
    }
  }

  private static byte at(int salt, long index) {
    return (byte) (salt * 31 + index * 7 + (index >> 8));
  }

  private static final class World {
    final RandomGenerator random;
    final int steps;
    final YamuxSettings settings =
        YamuxSettings.DEFAULTS
            .withWindows(1 << 20, new ByteSize(WINDOWS_MAX))
            .withStreams(12, 6, 4, 3);
    final MuxEnd a = new MuxEnd(true, settings);
    final MuxEnd b = new MuxEnd(false, settings);
    final Map<YamuxStream, Flow> flows = new HashMap<>();
    final List<Flow> all = new ArrayList<>();
    long moved;

    World(RandomGenerator random, int steps) {
      this.random = random;
      this.steps = steps;
      a.outputMax = Seeds.oneOf(random, 1, 5_000, 64 * 1024);
      b.outputMax = Seeds.oneOf(random, 1, 5_000, 64 * 1024);
    }

    void run() {
      for (int i = 0; i < steps; i++) {
        step();
        adopt(a);
        adopt(b);
        check();
      }
      finish();
    }

    void step() {
      MuxEnd side = random.nextBoolean() ? a : b;
      a.now += random.nextInt(200_000);
      b.now = a.now;
      switch (random.nextInt(12)) {
        case 0 -> {
          if (side.session.refusal().isEmpty()) add(side.open());
        }
        case 1, 2, 3 -> write();
        case 4, 5 -> read();
        case 6 -> {
          if (random.nextInt(6) == 0) pick(flow -> finishOne(flow));
        }
        case 7 -> {
          if (random.nextInt(25) == 0) pick(flow -> flow.end.stream().reset(random.nextInt()));
        }
        case 8 -> side.acceptAll();
        default -> {
          side.session.pump(side.now);
          MuxEnd other = side == a ? b : a;
          moved += side.moveTo(other, 1 + random.nextInt(Seeds.oneOf(random, 20, 3000, 200_000)));
        }
      }
      a.session.onTimer(a.now);
      b.session.onTimer(b.now);
    }

    void finishOne(Flow flow) {
      flow.finished = true;
      flow.end.stream().finish();
    }

    void pick(java.util.function.Consumer<Flow> action) {
      if (!all.isEmpty()) action.accept(all.get(random.nextInt(all.size())));
    }

    void write() {
      pick(
          flow -> {
            if (flow.finished || flow.end.end != null || flow.given - flow.end.sentBytes > 1 << 20)
              return;
            int count = 1 + random.nextInt(Seeds.oneOf(random, 10, 4000, 200_000));
            byte[] bytes = new byte[count];
            for (int i = 0; i < count; i++) bytes[i] = at(flow.salt, flow.given + i);
            flow.given += count;
            flow.end.send(PooledByteBufAllocator.DEFAULT.buffer(count).writeBytes(bytes));
          });
    }

    void read() {
      pick(flow -> readOne(flow, 1 + random.nextInt(Seeds.oneOf(random, 10, 4000, 500_000))));
    }

    void readOne(Flow flow, int max) {
      if (flow.end.end != null && !(flow.end.end instanceof StreamEnd.Finished)) return;
      byte[] bytes = flow.end.read(max);
      int salt = -flow.salt; // what the other side writes
      for (int i = 0; i < bytes.length; i++) {
        if (bytes[i] != at(salt, flow.got + i))
          throw new AssertionError("byte " + (flow.got + i) + " of " + flow.salt);
      }
      flow.got += bytes.length;
    }

    void add(MuxEnd.End end) {
      Flow flow = new Flow(end, 7 * all.size() + 1);
      flows.put(end.stream(), flow);
      all.add(flow);
    }

    /** Streams of the peer get the salt of their other half, with the other sign. */
    void adopt(MuxEnd side) {
      for (MuxEnd.End end : side.accepted) {
        if (flows.containsKey(end.stream())) continue;
        Flow half =
            all.stream()
                .filter(f -> f.end.stream().id() == end.stream().id())
                .filter(f -> f.end.stream().inbound() != end.stream().inbound())
                .findFirst()
                .orElseThrow();
        Flow flow = new Flow(end, -half.salt);
        flows.put(end.stream(), flow);
        all.add(flow);
      }
    }

    void check() {
      assertThat(a.end).isNull();
      assertThat(b.end).isNull();
      for (Flow flow : all) {
        YamuxStream stream = flow.end.stream();
        assertThat(stream.receiveWindow).isNotNegative();
        assertThat(stream.sendWindow).isNotNegative();
        if (!stream.gone && !stream.discarding) {
          assertThat(stream.held).isEqualTo(flow.end.heldBytes());
          assertThat(stream.receiveWindow + stream.held).isLessThanOrEqualTo(stream.target);
        }
      }
      for (MuxEnd side : List.of(a, b)) {
        assertThat(side.session.chargedBytes()).isBetween(0L, WINDOWS_MAX);
        assertThat(side.budget.usedBytes()).isEqualTo(side.session.chargedBytes());
        assertThat(side.writtenBytes()).isLessThan(side.outputMax + 200_000);
      }
    }

    /** Everything written and not reset arrives; then all of it ends. */
    void finish() {
      for (Flow flow : all) finishOne(flow);
      for (int quiet = 0; quiet < 5; ) {
        long before = moved;
        for (MuxEnd side : List.of(a, b)) {
          side.acceptAll();
          side.session.pump(side.now);
          moved += side.moveTo(side == a ? b : a, Integer.MAX_VALUE);
        }
        adopt(a);
        adopt(b);
        for (Flow flow : new ArrayList<>(all)) {
          readOne(flow, Integer.MAX_VALUE);
          finishOne(flow);
        }
        quiet = moved == before ? quiet + 1 : 0;
        check();
      }
      for (Flow flow : all) {
        assertThat(flow.end.end).as("stream %s", flow.end.stream().id()).isNotNull();
        if (!(flow.end.end instanceof StreamEnd.Finished)) continue;
        Flow half = all.stream().filter(f -> f.salt == -flow.salt).findFirst().orElseThrow();
        assertThat(flow.got).isEqualTo(half.given);
      }
      assertThat(a.session.streams()).isZero();
      assertThat(b.session.streams()).isZero();
      assertThat(a.budget.usedBytes()).isZero();
      assertThat(b.budget.usedBytes()).isZero();
      a.release();
      b.release();
    }
  }
}
