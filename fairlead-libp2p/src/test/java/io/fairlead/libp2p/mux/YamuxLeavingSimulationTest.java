package io.fairlead.libp2p.mux;

import static org.assertj.core.api.Assertions.assertThat;

import io.fairlead.core.unit.ByteSize;
import io.fairlead.testkit.Seeds;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;

/**
 * Two ends over a slow pipe that reset and close streams, and of which one leaves in the middle, in
 * one of the ways there are: what is on its way then arrives late. After every step: windows and
 * memory within their bounds, and no stream told of its end twice (its application throws then). In
 * the end: every stream was told, and nothing is kept.
 */
class YamuxLeavingSimulationTest {
  private static final long WINDOWS_MAX = 2L * 1024 * 1024;
  private static final long STEP_NANOS = 1_000_000;

  /** How it ends. */
  private enum Leaving {
    GO_AWAY_NORMAL,
    GO_AWAY_ERROR,
    DRAIN,
    DISCONNECT,
    SILENCE
  }

  @Test
  void whoeverLeavesHoweverNothingIsKeptAndEveryoneIsTold() {
    Seeds.run(40, random -> new World(random, Seeds.oneOf(random, Leaving.values())).run());
  }

  private static final class World {
    final RandomGenerator random;
    final Leaving leaving;
    final YamuxSettings settings =
        YamuxSettings.DEFAULTS
            .withWindows(1 << 20, new ByteSize(WINDOWS_MAX))
            .withStreams(8, 4, 3, 2);
    final MuxEnd a = new MuxEnd(true, settings);
    final MuxEnd b = new MuxEnd(false, settings);
    final List<MuxEnd.End> opened = new ArrayList<>();

    World(RandomGenerator random, Leaving leaving) {
      this.random = random;
      this.leaving = leaving;
      a.outputMax = Seeds.oneOf(random, 1, 5_000, 64 * 1024);
      b.outputMax = Seeds.oneOf(random, 1, 5_000, 64 * 1024);
    }

    void run() {
      int before = 100 + random.nextInt(500);
      for (int i = 0; i < before; i++) step(true);
      MuxEnd leaver = random.nextBoolean() ? a : b;
      switch (leaving) {
        case GO_AWAY_NORMAL -> leaver.session.close(ConnectionCode.NORMAL);
        case GO_AWAY_ERROR -> leaver.session.close(ConnectionCode.SHUTDOWN);
        case DRAIN -> leaver.session.drain();
        case DISCONNECT -> leaver.session.disconnected();
        case SILENCE -> {}
      }
      for (int i = 0; i < 200; i++) step(leaving == Leaving.DRAIN);
      if (leaving == Leaving.DRAIN) assertThat(leaver.end).isNull();
      for (MuxEnd.End end : streams()) end.stream().close(a.now);
      // Long enough for a peer that leaves, streams that linger, and one that says nothing.
      for (int i = 0; i < 200; i++) {
        a.now += Duration.ofSeconds(1).toNanos();
        step(leaving == Leaving.DRAIN);
      }
      if (leaving == Leaving.DRAIN) leaver.session.close(ConnectionCode.NORMAL);
      while (a.moveTo(b, Integer.MAX_VALUE) + b.moveTo(a, Integer.MAX_VALUE) > 0) a.now++;
      // What came whole may be read after the end, and is held until then.
      for (MuxEnd.End end : streams()) end.read(Integer.MAX_VALUE);
      for (MuxEnd side : List.of(a, b)) {
        if (side.end == null) side.session.disconnected();
        assertThat(side.end).as("%s", leaving).isNotNull();
        assertThat(side.session.streams()).isZero();
        assertThat(side.budget.usedBytes()).isZero();
        assertThat(side.session.chargedBytes()).isZero();
      }
      for (MuxEnd.End end : streams()) assertThat(end.end).isNotNull();
      for (MuxEnd.End end : opened) end.drop();
      a.release();
      b.release();
    }

    List<MuxEnd.End> streams() {
      List<MuxEnd.End> all = new ArrayList<>(opened);
      all.addAll(a.accepted);
      all.addAll(b.accepted);
      return all;
    }

    void step(boolean moving) {
      a.now += random.nextLong(STEP_NANOS);
      b.now = a.now;
      MuxEnd side = random.nextBoolean() ? a : b;
      switch (random.nextInt(10)) {
        case 0 -> {
          if (side.session.refusal().isEmpty()) opened.add(side.open());
        }
        case 1, 2 -> pick(end -> end.send(1 + random.nextInt(Seeds.oneOf(random, 10, 100_000))));
        case 3, 4 -> pick(end -> end.read(1 + random.nextInt(Seeds.oneOf(random, 10, 500_000))));
        case 5 -> {
          if (random.nextInt(4) == 0) pick(end -> end.stream().reset(random.nextInt()));
        }
        case 6 -> {
          if (random.nextInt(4) == 0) pick(end -> end.stream().close(a.now));
        }
        case 7 -> {
          if (random.nextInt(4) == 0) pick(end -> end.stream().finish());
        }
        default -> side.acceptAll();
      }
      side.session.pump(side.now);
      // Someone who says nothing any more still reads; frames already on their way arrive late.
      if (moving || leaving != Leaving.SILENCE) {
        int count = 1 + random.nextInt(Seeds.oneOf(random, 20, 3000, 200_000));
        side.moveTo(side == a ? b : a, count);
      }
      a.session.onTimer(a.now);
      b.session.onTimer(b.now);
      check();
    }

    void pick(java.util.function.Consumer<MuxEnd.End> action) {
      List<MuxEnd.End> all = streams();
      if (all.isEmpty()) return;
      MuxEnd.End end = all.get(random.nextInt(all.size()));
      if (end.end == null) action.accept(end);
    }

    void check() {
      for (MuxEnd.End end : streams()) {
        YamuxStream stream = end.stream();
        assertThat(stream.receiveWindow).isNotNegative();
        assertThat(stream.sendWindow).isNotNegative();
        if (stream.gone || stream.discarding) continue;
        assertThat(stream.held).isEqualTo(end.heldBytes());
        assertThat(stream.receiveWindow + stream.held).isLessThanOrEqualTo(stream.target);
      }
      for (MuxEnd side : List.of(a, b)) {
        assertThat(side.session.chargedBytes()).isBetween(0L, WINDOWS_MAX);
        assertThat(side.budget.usedBytes()).isEqualTo(side.session.chargedBytes());
        assertThat(side.end == null || !(side.end instanceof SessionEnd.Violation))
            .as("%s", side.end)
            .isTrue();
      }
    }
  }
}
