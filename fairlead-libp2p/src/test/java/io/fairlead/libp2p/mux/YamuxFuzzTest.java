package io.fairlead.libp2p.mux;

import static org.assertj.core.api.Assertions.assertThat;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import io.fairlead.core.unit.ByteSize;
import io.fairlead.testkit.Seeds;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Arbitrary frames and calls in any order: no exception, every stream ends once, windows and memory
 * within their bounds, nothing leaks.
 */
class YamuxFuzzTest {
  private static final YamuxSettings SETTINGS =
      YamuxSettings.DEFAULTS.withWindows(1 << 20, new ByteSize(600_000)).withStreams(8, 4, 4, 2);

  /** Where the next choice comes from. */
  private interface Source {
    boolean more();

    int upTo(int max);

    byte[] bytes(int max);
  }

  @FuzzTest
  void framesAndCalls(FuzzedDataProvider data) {
    run(
        new Source() {
          @Override
          public boolean more() {
            return data.remainingBytes() > 0;
          }

          @Override
          public int upTo(int max) {
            return data.consumeInt(0, max);
          }

          @Override
          public byte[] bytes(int max) {
            return data.consumeBytes(max);
          }
        });
  }

  @FuzzTest
  void rawBytes(byte[] input) {
    MuxEnd end = new MuxEnd(false, SETTINGS);
    end.receive(Unpooled.copiedBuffer(input));
    finish(end, new ArrayList<>());
  }

  @Test
  void seededFramesAndCalls() {
    Seeds.run(
        400,
        random ->
            run(
                new Source() {
                  private int left = 300;

                  @Override
                  public boolean more() {
                    return left-- > 0;
                  }

                  @Override
                  public int upTo(int max) {
                    return (int) (random.nextLong(max + 1L));
                  }

                  @Override
                  public byte[] bytes(int max) {
                    return Seeds.bytes(random, max);
                  }
                }));
  }

  private static void run(Source source) {
    MuxEnd end = new MuxEnd(source.upTo(1) == 1, SETTINGS);
    List<MuxEnd.End> ours = new ArrayList<>();
    while (source.more() && end.end == null) {
      end.now += source.upTo(2_000_000_000);
      end.outputMax = source.upTo(1) * 100_000;
      switch (source.upTo(7)) {
        case 0 -> end.receive(Unpooled.wrappedBuffer(source.bytes(64)));
        case 1 -> {
          if (end.session.refusal().isEmpty()) ours.add(end.open());
        }
        case 2 -> each(end, ours, source, stream -> stream.send(1 + source.upTo(100_000)));
        case 3 ->
            each(
                end,
                ours,
                source,
                stream -> {
                  switch (source.upTo(5)) {
                    case 0 -> stream.stream().finish();
                    case 1 -> stream.stream().reset(7);
                    case 2 -> {
                      stream.stream().close(end.now);
                      stream.drop();
                    }
                    case 3 -> {
                      stream.stream().discardInput();
                      stream.drop();
                    }
                    case 4 -> stream.stream().accept();
                    default -> stream.read(source.upTo(300_000));
                  }
                });
        case 4 -> end.session.onTimer(end.now);
        default -> end.receive(frame(source));
      }
      end.session.pump(end.now);
      end.takeWritten();
      check(end, ours);
    }
    finish(end, ours);
  }

  private static void each(
      MuxEnd end,
      List<MuxEnd.End> ours,
      Source source,
      java.util.function.Consumer<MuxEnd.End> action) {
    List<MuxEnd.End> all = new ArrayList<>(ours);
    all.addAll(end.accepted);
    if (all.isEmpty()) return;
    MuxEnd.End stream = all.get(source.upTo(all.size() - 1));
    if (stream.end == null) action.accept(stream);
  }

  /** A frame that is likely to mean something. */
  private static ByteBuf frame(Source source) {
    int type = source.upTo(9) == 0 ? source.upTo(300) : source.upTo(1);
    int flags = source.upTo(3) == 0 ? source.upTo(31) : source.upTo(1) == 0 ? 0 : 1;
    int id = source.upTo(20);
    int length =
        switch (source.upTo(5)) {
          case 0 -> 0;
          case 1 -> source.upTo(20);
          case 2 -> source.upTo(300_000);
          case 3 -> -source.upTo(100);
          default -> source.upTo(2000);
        };
    ByteBuf out = Unpooled.buffer();
    YamuxFrame.writeHeader(out, type, flags, id, length);
    if (type == YamuxFrame.DATA && length > 0) out.writeZero(length - source.upTo(1) * length / 3);
    return out;
  }

  private static void check(MuxEnd end, List<MuxEnd.End> ours) {
    assertThat(end.session.chargedBytes()).isBetween(0L, SETTINGS.windowsMax().bytes());
    assertThat(end.budget.usedBytes()).isEqualTo(end.session.chargedBytes());
    List<MuxEnd.End> all = new ArrayList<>(ours);
    all.addAll(end.accepted);
    int live = 0;
    for (MuxEnd.End stream : all) {
      YamuxStream state = stream.stream();
      assertThat(state.receiveWindow).isNotNegative();
      assertThat(state.sendWindow).isNotNegative();
      assertThat(state.gone).isEqualTo(stream.end != null);
      if (stream.end == null && state.id() != 0) live++;
    }
    assertThat(end.session.streams()).isEqualTo(live);
  }

  private static void finish(MuxEnd end, List<MuxEnd.End> ours) {
    end.session.close(0);
    for (MuxEnd.End stream : ours) stream.stream().consumed(Integer.MAX_VALUE);
    for (MuxEnd.End stream : end.accepted) stream.stream().consumed(Integer.MAX_VALUE);
    check(end, ours);
    assertThat(end.session.streams()).isZero();
    assertThat(end.budget.usedBytes()).isZero();
    ours.forEach(MuxEnd.End::drop);
    end.release();
  }
}
