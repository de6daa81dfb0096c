package io.fairlead.net.http;

import io.fairlead.net.rate.Pace;
import io.netty.buffer.ByteBuf;
import io.netty.channel.EventLoop;
import java.util.concurrent.TimeUnit;

/**
 * Holds the bodies of one exchange to a pace: its response rests between writes, its request
 * between reads. Confined to the exchange's event loop.
 */
public final class ExchangePace {
  /** What an exchange lets be done to it. */
  public interface Ways {
    /** Stops reading the request's body. */
    void stopReading();

    /** Goes on reading it. */
    void goOnReading();

    /** The response may have room again. */
    void becameWritable();
  }

  private final Pace pace;
  private final EventLoop loop;
  private final Ways ways;
  private final EdgeMeters meters;
  private boolean responseRests;
  private boolean requestRests;
  private boolean readerPaused;

  public ExchangePace(Pace pace, EventLoop loop, Ways ways, EdgeMeters meters) {
    this.pace = pace;
    this.loop = loop;
    this.ways = ways;
    this.meters = meters;
  }

  public Pace pace() {
    return pace;
  }

  /** Whether nothing more should be written for now. */
  public boolean responseRests() {
    return responseRests;
  }

  /** Body bytes of the response went out. */
  public void sent(int bytes) {
    long nanos = pace.sent(bytes);
    if (nanos <= 0 || responseRests) return;
    responseRests = true;
    meters.beyond(EdgeBound.BANDWIDTH);
    var _ = // an exchange that is over ignores it
        loop.schedule(
            () -> {
              responseRests = false;
              ways.becameWritable();
            },
            nanos,
            TimeUnit.NANOSECONDS);
  }

  /** Whoever reads the body wants no more for now. */
  public void pause() {
    readerPaused = true;
    ways.stopReading();
  }

  /** Whoever reads the body wants more. */
  public void resume() {
    readerPaused = false;
    if (!requestRests) ways.goOnReading();
  }

  /** Takes the body's bytes into account on their way to {@code receiver}. */
  public BodyReceiver counting(BodyReceiver receiver) {
    return new Counting(receiver);
  }

  private void received(int bytes) {
    long nanos = pace.received(bytes);
    if (nanos <= 0 || requestRests) return;
    requestRests = true;
    meters.beyond(EdgeBound.BANDWIDTH);
    ways.stopReading();
    var _ = // an exchange that is over ignores it
        loop.schedule(
            () -> {
              requestRests = false;
              if (!readerPaused) ways.goOnReading();
            },
            nanos,
            TimeUnit.NANOSECONDS);
  }

  private final class Counting implements BurstReceiver {
    private final BodyReceiver receiver;

    Counting(BodyReceiver receiver) {
      this.receiver = receiver;
    }

    @Override
    public void onData(ByteBuf data) {
      int bytes = data.readableBytes();
      receiver.onData(data);
      received(bytes);
    }

    @Override
    public void onTrailers(Trailers trailers) {
      receiver.onTrailers(trailers);
    }

    @Override
    public void onEnd() {
      receiver.onEnd();
    }

    @Override
    public void onFailed(int status, String code) {
      receiver.onFailed(status, code);
    }

    @Override
    public void onBurstEnd() {
      if (receiver instanceof BurstReceiver burst) burst.onBurstEnd();
    }
  }
}
