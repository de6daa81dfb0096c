package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http.LoopTick;
import io.netty.channel.EventLoop;
import io.netty.util.AsciiString;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What the HTTP/2 connections of one event loop share. Confined to that loop. */
final class SessionLoop implements Runnable {
  private static final long DATE_NANOS = 250_000_000;
  private static final DateTimeFormatter IMF_FIXDATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.US)
          .withZone(ZoneOffset.UTC);

  final LoopTick tick;
  private final EventLoop loop;
  private final Clock clock;
  private List<Session> flushing = new ArrayList<>();
  private List<Session> spare = new ArrayList<>();
  private AsciiString date = AsciiString.EMPTY_STRING;
  private long dateNanos;

  SessionLoop(EventLoop loop, Clock clock) {
    this.loop = loop;
    this.clock = clock;
    tick = new LoopTick(loop, clock);
  }

  boolean serves(EventLoop eventLoop) {
    return loop == eventLoop;
  }

  Clock clock() {
    return clock;
  }

  /** Flushes it when the events at hand are worked off. */
  void afterwards(Session session) {
    flushing.add(session);
    if (flushing.size() == 1) loop.execute(this);
  }

  @Override
  public void run() {
    List<Session> now = flushing;
    flushing = spare;
    spare = now;
    for (int i = 0; i < now.size(); i++) now.get(i).flushNow();
    now.clear();
  }

  /** The value of {@code Date} (RFC 9110 §6.6.1), at most a quarter of a second old. */
  AsciiString date() {
    long now = clock.nanos();
    if (date.isEmpty() || now - dateNanos >= DATE_NANOS) {
      date = new AsciiString(IMF_FIXDATE.format(clock.wall()));
      dateNanos = now;
    }
    return date;
  }
}
