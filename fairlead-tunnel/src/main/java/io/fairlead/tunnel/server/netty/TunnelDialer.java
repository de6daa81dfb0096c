package io.fairlead.tunnel.server.netty;

import io.fairlead.core.access.Action;
import io.fairlead.core.access.Entitlements;
import io.fairlead.core.access.Verdict;
import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.random.Randomness;
import io.fairlead.net.http2.LinkRefusedException;
import io.fairlead.net.http2.LinkRequest;
import io.fairlead.net.http2.StreamLink;
import io.fairlead.net.splice.Crossing;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.concurrent.Future;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** Opens streams to services of agents. Any thread asks; completes on the loop it is asked for. */
public final class TunnelDialer {
  /** A carrier may break at the moment it is asked: another one is asked instead. */
  private static final int TRIES = 3;

  /**
   * For whom a stream is.
   *
   * @param source address and port of the user
   * @param destination what the user connected to
   * @param id of the user's connection
   * @param throttle what bounds the user, besides the agent and its service
   */
  record Asker(String source, String destination, long id, Optional<Throttle> throttle) {
    Asker boundBy(Optional<Throttle> throttle) {
      return new Asker(source, destination, id, throttle);
    }

    List<Map.Entry<String, String>> fields() {
      List<Map.Entry<String, String>> fields = new ArrayList<>(3);
      fields.add(Map.entry("fl-src", source));
      fields.add(Map.entry("fl-dst", destination));
      fields.add(Map.entry("fl-conn-id", Long.toString(id)));
      return fields;
    }
  }

  private final Entitlements entitlements;
  private final Randomness randomness;
  private final ServerMeters meters;

  TunnelDialer(Entitlements entitlements, Randomness randomness, ServerMeters meters) {
    this.entitlements = entitlements;
    this.randomness = randomness;
    this.meters = meters;
  }

  /** A byte stream to a service; exceptionally a {@link DialException}. */
  CompletableFuture<Channel> connect(Member member, EventLoop loop, Asker asker, Duration timeout) {
    return new Dialling(
            member, loop, asker, LinkRequest.connect(member.offer().name(), asker.fields()), false)
        .start(timeout);
  }

  /**
   * The same without waiting for the agent: what the user says goes along at once, and a service
   * that cannot be reached is a reset.
   */
  CompletableFuture<Channel> connectAtOnce(
      Member member, EventLoop loop, Asker asker, Duration timeout) {
    return new Dialling(
            member, loop, asker, LinkRequest.connect(member.offer().name(), asker.fields()), true)
        .start(timeout);
  }

  /** A stream of datagrams in capsules (RFC 9298). */
  CompletableFuture<Channel> datagrams(
      Member member, EventLoop loop, Asker asker, Duration timeout) {
    return new Dialling(
            member,
            loop,
            asker,
            new LinkRequest(
                "CONNECT",
                Optional.of("connect-udp"),
                member.offer().name(),
                Optional.of("/"),
                asker.fields()),
            false)
        .start(timeout);
  }

  /** One stream being opened. */
  private final class Dialling {
    private final Member member;
    private final EventLoop loop;
    private final Asker asker;
    private final LinkRequest request;
    private final boolean atOnce;
    private final Destination destination;
    private final CompletableFuture<Channel> result = new CompletableFuture<>();
    private final AtomicBoolean place = new AtomicBoolean();
    private int tries;
    private @Nullable Future<?> timer;

    Dialling(Member member, EventLoop loop, Asker asker, LinkRequest request, boolean atOnce) {
      this.member = member;
      this.asker = asker;
      this.loop = loop;
      this.request = request;
      this.atOnce = atOnce;
      this.destination = new Destination.Tunnel(member.agent().name(), member.offer().name());
    }

    CompletableFuture<Channel> start(Duration timeout) {
      switch (entitlements.decide(member.agent().principal(), Action.DIAL)) {
        case Verdict.Allow _ -> {}
        case Verdict.Drain _ -> {
          return failed(new DialException.Refused(destination, "the agent is draining"));
        }
        case Verdict.Deny(String reason) -> {
          return failed(new DialException.Refused(destination, "the agent is " + reason));
        }
      }
      if (!member.agent().enter()) {
        meters.tooManyStreams();
        return failed(new DialException.Exhausted(destination, "the agent's streams are used up"));
      }
      place.set(true);
      var _ = result.whenComplete((_, failure) -> over(failure));
      timer =
          loop.schedule(
              () -> {
                var _ =
                    result.completeExceptionally(
                        new DialException.TimedOut(destination, "the agent did not answer"));
              },
              timeout.toNanos(),
              TimeUnit.NANOSECONDS);
      next();
      return result;
    }

    private CompletableFuture<Channel> failed(DialException why) {
      member.figures().failed.increment();
      fail(why);
      return result;
    }

    private void over(@Nullable Throwable failure) {
      if (timer != null) timer.cancel(false);
      if (failure == null) return;
      member.figures().failed.increment();
      leave();
    }

    /** Once: a stream may open when nobody waits for it any more. */
    private void leave() {
      if (place.compareAndSet(true, false)) member.agent().leave();
    }

    private void next() {
      Optional<ServerCarrier> carrier = member.agent().pick(randomness.generator(), loop);
      Optional<StreamLink> link = carrier.flatMap(ServerCarrier::link);
      if (link.isEmpty() || ++tries > TRIES) {
        fail(new DialException.Unreachable(destination, false, "the agent is not connected"));
        return;
      }
      EventLoop home = link.get().loop();
      if (home.inEventLoop()) ask(link.get());
      else home.execute(() -> ask(link.get()));
    }

    private void ask(StreamLink link) {
      if (result.isDone()) return;
      if (atOnce) {
        Optional<StreamLink.Opening> opening = link.openAtOnce(request);
        if (opening.isEmpty()) {
          next();
          return;
        }
        var _ = // the user hears of a refusal by the reset
            opening
                .get()
                .answer()
                .whenComplete(
                    (_, refusal) -> {
                      if (refusal != null) member.figures().failed.increment();
                    });
        opened(opening.get().channel());
        return;
      }
      CompletableFuture<Channel> asked = link.open(request);
      var _ =
          asked.whenComplete(
              (stream, refusal) -> {
                if (stream != null) opened(stream);
                else refused(refusal);
              });
    }

    private void opened(Channel stream) {
      if (result.isDone()) {
        stream.close();
        return;
      }
      // The membership may have changed while the agent was asked.
      if (!(entitlements.decide(member.agent().principal(), Action.DIAL) instanceof Verdict.Allow)
          || member.agent().over()) {
        stream.close();
        fail(new DialException.Refused(destination, "the agent lost its right"));
        return;
      }
      member.figures().opened.increment();
      member.figures().live.incrementAndGet();
      stream.pipeline().addFirst("gauge", new Throttle.Gauge(throttles(), member.figures()));
      stream
          .closeFuture()
          .addListener(
              _ -> {
                member.figures().live.decrementAndGet();
                leave();
              });
      Crossing.deliver(stream, loop, result);
    }

    private List<Throttle> throttles() {
      List<Throttle> all = new ArrayList<>(3);
      all.add(member.agent().throttle());
      all.add(member.throttle());
      asker.throttle().ifPresent(all::add);
      return all;
    }

    private void refused(@Nullable Throwable refusal) {
      if (!(refusal instanceof LinkRefusedException refused)) {
        fail(new DialException.Unreachable(destination, false, "the carrier failed"));
        return;
      }
      switch (refused.error()) {
        case "lost", "too_many_streams" -> next();
        default -> fail(AgentFailure.of(destination, refused.error()));
      }
    }

    private void fail(DialException why) {
      if (loop.inEventLoop()) {
        result.completeExceptionally(why);
      } else {
        loop.execute(() -> result.completeExceptionally(why));
      }
    }
  }
}
