package io.fairlead.libp2p.mux;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.util.concurrent.atomic.LongAdder;

/** The meters of sessions and streams, resolved once. Thread-safe. */
public final class MuxMeters {
  private static final String OPENED = "Streams opened, by who opened them";
  private static final String REFUSED = "Streams of peers that were reset at once, by the bound";
  private static final String RESETS = "Streams given up, by who did";
  private static final String ENDS = "Sessions ended, by the reason";

  final LongAdder open = new LongAdder();
  final Counter openedByUs;
  final Counter openedByPeer;
  final Counter overStreams;
  final Counter overBacklog;
  final Counter whileLeaving;
  final Counter overMemory;
  final Counter resetByUs;
  final Counter resetByPeer;
  final Counter notTaken;
  final Counter pongsDropped;
  private final Counter closed;
  private final Counter peerLeft;
  private final Counter violations;
  private final Counter floods;
  private final Counter silent;
  private final Counter disconnected;

  public MuxMeters(Meters meters) {
    meters.gauge("libp2p.streams", "Open streams", open::sum);
    openedByUs = meters.counter("libp2p.streams.opened", OPENED, "by", "us");
    openedByPeer = meters.counter("libp2p.streams.opened", OPENED, "by", "peer");
    overStreams = meters.counter("libp2p.streams.refused", REFUSED, "bound", "streams");
    overBacklog = meters.counter("libp2p.streams.refused", REFUSED, "bound", "backlog");
    whileLeaving = meters.counter("libp2p.streams.refused", REFUSED, "bound", "leaving");
    overMemory = meters.counter("libp2p.streams.refused", REFUSED, "bound", "memory");
    resetByUs = meters.counter("libp2p.streams.reset", RESETS, "by", "us");
    resetByPeer = meters.counter("libp2p.streams.reset", RESETS, "by", "peer");
    notTaken =
        meters.counter("libp2p.streams.untaken", "Opens that no peer took within their time");
    pongsDropped =
        meters.counter("libp2p.pongs.dropped", "Pings not answered, because too many waited");
    closed = meters.counter("libp2p.sessions.ended", ENDS, "reason", "closed");
    peerLeft = meters.counter("libp2p.sessions.ended", ENDS, "reason", "peer_left");
    violations = meters.counter("libp2p.sessions.ended", ENDS, "reason", "violation");
    floods = meters.counter("libp2p.sessions.ended", ENDS, "reason", "flood");
    silent = meters.counter("libp2p.sessions.ended", ENDS, "reason", "silent");
    disconnected = meters.counter("libp2p.sessions.ended", ENDS, "reason", "disconnected");
  }

  void ended(SessionEnd end) {
    Counter counter =
        switch (end) {
          case SessionEnd.Closed _ -> closed;
          case SessionEnd.PeerLeft _ -> peerLeft;
          case SessionEnd.Violation _ -> violations;
          case SessionEnd.Flooded _ -> floods;
          case SessionEnd.Silent _ -> silent;
          case SessionEnd.Disconnected _ -> disconnected;
        };
    counter.increment();
  }
}
