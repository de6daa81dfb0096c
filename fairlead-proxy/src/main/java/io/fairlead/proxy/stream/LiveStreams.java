package io.fairlead.proxy.stream;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.listen.DrainDeadline;
import io.fairlead.net.upstream.StreamUpstreams;
import io.netty.channel.Channel;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One stream service while the process lives: the rules of now and the streams under way.
 * Thread-safe. Holds at most one stream for each open connection, which the listeners bound.
 */
public final class LiveStreams {
  private static final Duration END = Duration.ofSeconds(6);

  private final String id;
  private final Set<Stream> streams = ConcurrentHashMap.newKeySet();
  private final Set<Sessions> sessions = ConcurrentHashMap.newKeySet();
  private final AtomicInteger taken = new AtomicInteger();
  private volatile StreamRules rules;

  LiveStreams(String id, StreamRules rules) {
    this.id = id;
    this.rules = rules;
  }

  public String id() {
    return id;
  }

  /** By which streams that come now are judged. */
  public StreamRules rules() {
    return rules;
  }

  /** Takes a place for one connection; {@link #leave} is owed when there was one. */
  public boolean enter(Limit most) {
    if (most.admits(taken.incrementAndGet())) return true;
    taken.decrementAndGet();
    return false;
  }

  public void leave() {
    taken.decrementAndGet();
  }

  /**
   * Enters a stream whose server is connected.
   *
   * @return false when the rules changed meanwhile and forbid it
   */
  public boolean add(Stream stream) {
    streams.add(stream); // first: a change of rules finds it here, or is seen below
    if (rules.admits(stream.client())) return true;
    streams.remove(stream);
    return false;
  }

  public void remove(Stream stream) {
    streams.remove(stream);
  }

  /** Sessions of one more socket. */
  public void enter(Sessions more) {
    sessions.add(more);
  }

  /** That socket is closed. */
  public void leave(Sessions over) {
    sessions.remove(over);
  }

  int cutAll(String reason) {
    sessions.forEach(table -> table.endAll(reason));
    int cut = 0;
    for (Stream stream : streams) {
      stream.connection().cut(reason);
      cut++;
    }
    return cut;
  }

  /**
   * Judges by other rules from now on.
   *
   * @return how many streams they forbid, which are cut
   */
  int replace(StreamRules next) {
    rules = next;
    int cut = 0;
    for (Stream stream : streams) {
      if (next.admits(stream.client())) continue;
      stream.connection().cut("forbidden");
      cut++;
    }
    return cut;
  }

  /**
   * Ends, after a time, the streams for which there is no way any more.
   *
   * @return how many
   */
  int retire(boolean gone, StreamUpstreams upstreams, Duration after) {
    int retired = 0;
    for (Sessions table : sessions) table.judge(rules, gone, upstreams, after);
    for (Stream stream : streams) {
      if (stream.draining() || (!gone && leads(stream, upstreams))) continue;
      stream.drains();
      retired++;
      end(stream.channel(), after);
    }
    return retired;
  }

  private boolean leads(Stream stream, StreamUpstreams upstreams) {
    if (!rules.leads(stream.way().route(), stream.way().target())) return false;
    return switch (stream.way().target()) {
      case StreamConfig.Target.Named(String upstream) ->
          upstreams.leadsTo(upstream, stream.destination());
      case StreamConfig.Target.Fixed _ -> true;
    };
  }

  private static void end(Channel channel, Duration after) {
    var _ = // a channel that ended by then has no pipeline to tell
        channel
            .eventLoop()
            .schedule(
                () -> channel.pipeline().fireUserEventTriggered(DrainDeadline.PASSED),
                after.toNanos(),
                TimeUnit.NANOSECONDS);
    var _ =
        channel
            .eventLoop()
            .schedule(
                () -> {
                  var _ = channel.close();
                },
                after.plus(END).toNanos(),
                TimeUnit.NANOSECONDS);
  }
}
