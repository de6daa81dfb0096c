package io.fairlead.net.chain;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.core.dial.Dialer;
import io.fairlead.core.time.Clock;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;
import io.netty.util.AttributeKey;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Dials through the first of several ways that works. A proxy that cannot be reached, does not
 * speak its protocol or does not let us in is passed over; one that answers for the destination has
 * the last word. One for each dial's event loop.
 */
public final class HopDialer implements Dialer<Channel> {
  private static final AttributeKey<Destination.HostPort> ASKED =
      AttributeKey.valueOf(HopDialer.class, "asked");

  /**
   * One way out.
   *
   * @param hop through which proxy; empty goes straight to the destination
   * @param dialer opens the connection to the proxy, or to the destination
   */
  public record Way(Optional<ProxyHop> hop, Dialer<Channel> dialer) {}

  private final List<Way> ways;
  private final EventLoop loop;
  private final Clock clock;

  /**
   * @param ways at least one, in order
   */
  public HopDialer(List<Way> ways, EventLoop loop, Clock clock) {
    if (ways.isEmpty()) throw new IllegalArgumentException("ways: none (expected: at least one)");
    this.ways = List.copyOf(ways);
    this.loop = loop;
    this.clock = clock;
  }

  @Override
  public CompletionStage<Channel> dial(Destination destination, Duration timeout) {
    if (!(destination instanceof Destination.HostPort to)) {
      throw new IllegalArgumentException("destination: " + destination + " (expected: host:port)");
    }
    CompletableFuture<Channel> result = new CompletableFuture<>();
    attempt(0, to, clock.nanos() + timeout.toNanos(), result);
    return result;
  }

  private void attempt(
      int index, Destination.HostPort to, long deadlineNanos, CompletableFuture<Channel> result) {
    Way way = ways.get(index);
    long leftNanos = deadlineNanos - clock.nanos();
    if (leftNanos <= 0) {
      result.completeExceptionally(new DialException.TimedOut(to, to + ": no answer in time"));
      return;
    }
    // Those that come after get their share of the time, whatever this one does with its own.
    Duration share = Duration.ofNanos(Math.max(1, leftNanos / (ways.size() - index)));
    CompletionStage<Channel> tried =
        way.hop().isPresent()
            ? through(way.hop().get(), way.dialer(), to, share)
            : way.dialer().dial(to, share);
    tried.whenComplete(
        (channel, failure) -> {
          if (channel != null) {
            if (!result.complete(channel)) channel.close();
            return;
          }
          Throwable cause = unwrap(failure);
          boolean next = way.hop().isPresent() && cause instanceof HopHandler.ProxyFailedException;
          if (next && index + 1 < ways.size()) {
            attempt(index + 1, to, deadlineNanos, result);
          } else {
            result.completeExceptionally(
                cause instanceof HopHandler.ProxyFailedException of ? of.reason() : cause);
          }
        });
  }

  /** Says what whoever is at the other end of a channel was asked for. */
  public static void asks(Channel channel, Destination.HostPort to) {
    channel.attr(ASKED).set(to);
  }

  /**
   * What the proxy at the other end of a channel was asked for; empty for a channel that goes
   * straight to its destination.
   */
  public static Optional<Destination.HostPort> asked(Channel channel) {
    return Optional.ofNullable(channel.attr(ASKED).get());
  }

  /**
   * Takes what the destination sent right behind a proxy's answer; the caller releases it. Call
   * before anything else is added to a channel this delivered; who does not call gets it as the
   * first read.
   */
  public static ByteBuf early(Channel channel) {
    HopHandler handler = channel.pipeline().get(HopHandler.class);
    return handler == null ? Unpooled.EMPTY_BUFFER : handler.leave(channel);
  }

  private CompletionStage<Channel> through(
      ProxyHop hop, Dialer<Channel> dialer, Destination.HostPort to, Duration time) {
    CompletableFuture<Channel> opened = new CompletableFuture<>();
    long untilNanos = clock.nanos() + time.toNanos();
    dialer
        .dial(hop.address(), time)
        .whenComplete(
            (channel, failure) -> {
              if (channel == null) {
                opened.completeExceptionally(ofProxy(hop, to, unwrap(failure)));
                return;
              }
              var timer =
                  loop.schedule(
                      () -> {
                        DialException late =
                            new DialException.TimedOut(
                                to, to + ": the proxy " + hop.name() + " did not answer in time");
                        if (opened.completeExceptionally(
                            new HopHandler.ProxyFailedException(late))) {
                          channel.close();
                        }
                      },
                      Math.max(1, untilNanos - clock.nanos()),
                      TimeUnit.NANOSECONDS);
              var _ = opened.whenComplete((_, _) -> timer.cancel(false));
              HopTalk talk =
                  switch (hop.kind()) {
                    case HTTP -> new ConnectTalk(hop, to);
                    case SOCKS5 -> new SocksTalk(hop, to);
                  };
              asks(channel, to);
              channel.pipeline().addLast("hop", new HopHandler(talk, hop, to, opened));
            });
    return opened;
  }

  private static HopHandler.ProxyFailedException ofProxy(
      ProxyHop hop, Destination.HostPort to, @Nullable Throwable failure) {
    String place = to + ": the proxy " + hop.name() + " ";
    DialException cause =
        switch (failure) {
          case DialException.TimedOut _ -> new DialException.TimedOut(to, place + "did not answer");
          case DialException.Forbidden forbidden ->
              new DialException.Forbidden(to, place + "may not be used", forbidden.fix());
          case DialException.Insecure insecure ->
              new DialException.Insecure(to, place + "failed: " + insecure.getMessage());
          case DialException.Exhausted exhausted ->
              new DialException.Exhausted(to, place + "failed: " + exhausted.getMessage());
          case null, default ->
              new DialException.Unreachable(to, false, place + "is not reachable");
        };
    return new HopHandler.ProxyFailedException(cause);
  }

  private static @Nullable Throwable unwrap(@Nullable Throwable failure) {
    return failure instanceof CompletionException && failure.getCause() != null
        ? failure.getCause()
        : failure;
  }
}
