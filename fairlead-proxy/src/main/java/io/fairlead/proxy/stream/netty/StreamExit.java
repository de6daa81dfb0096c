package io.fairlead.proxy.stream.netty;

import io.fairlead.core.dial.Destination;
import io.fairlead.core.dial.DialException;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.DestinationGuard;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.dial.Preface;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.upstream.Seat;
import io.fairlead.net.upstream.StreamAsk;
import io.fairlead.net.upstream.StreamOutcome;
import io.fairlead.net.upstream.StreamUpstreams;
import io.fairlead.proxy.stream.DatagramMeters;
import io.fairlead.proxy.stream.StreamConfig;
import io.fairlead.proxy.stream.StreamConfig.Target;
import io.fairlead.proxy.stream.StreamDialer;
import io.fairlead.proxy.stream.StreamJournal;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandler;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The ways out of streams: to a group of servers, or to one place. Thread-safe. */
public final class StreamExit {
  private static final int DATAGRAM_BYTES_MAX = 65_535; // RFC 768: the length field has 16 bits

  private final StreamUpstreams upstreams;
  private final StreamDialer egress;
  private final DestinationGuard guard;
  private final DatagramDialer datagrams;
  private final StreamJournal journal;
  private final DatagramMeters datagramMeters;
  private final HttpEdge edge;

  // Seven: the ways out, what they are told, and how some clients are met.
  public StreamExit(
      StreamUpstreams upstreams,
      StreamDialer egress,
      DatagramDialer datagrams,
      OwnAddresses own,
      StreamJournal journal,
      DatagramMeters datagramMeters,
      HttpEdge edge) {
    this.upstreams = upstreams;
    this.egress = egress;
    this.guard = DestinationGuard.operatorChosen(own);
    this.datagrams = datagrams;
    this.journal = journal;
    this.datagramMeters = datagramMeters;
    this.edge = edge;
  }

  public StreamJournal journal() {
    return journal;
  }

  DatagramMeters datagramMeters() {
    return datagramMeters;
  }

  /** How clients of a WebSocket bridge are met. */
  HttpEdge edge() {
    return edge;
  }

  /** Opens a UDP socket to one place, on that loop. */
  CompletableFuture<Channel> datagrams(
      EventLoop loop, Destination.HostPort to, ChannelHandler handler) {
    return datagrams.dial(loop, guard, to, handler, DATAGRAM_BYTES_MAX);
  }

  public StreamUpstreams upstreams() {
    return upstreams;
  }

  /**
   * Opens a stream on that loop; as {@link StreamUpstreams#open}.
   *
   * @param ask names the group when the target is one
   */
  Runnable open(
      Target target,
      StreamConfig config,
      StreamAsk ask,
      EventLoop loop,
      Consumer<? super StreamOutcome> told) {
    return switch (target) {
      case Target.Named _ -> upstreams.open(ask, loop, told);
      case Target.Fixed(Destination destination) -> {
        FixedDial dial = new FixedDial(destination, ask.preface(Optional.empty()), loop, told);
        loop.execute(() -> dial.begin(config));
        yield dial::cancel;
      }
    };
  }

  /** One dial to a fixed place. Confined to its loop. */
  private final class FixedDial {
    private final Destination destination;
    private final Optional<Preface> preface;
    private final EventLoop loop;
    private final Consumer<? super StreamOutcome> told;
    private @Nullable CompletableFuture<Channel> dial;
    private boolean over;

    FixedDial(
        Destination destination,
        Optional<Preface> preface,
        EventLoop loop,
        Consumer<? super StreamOutcome> told) {
      this.destination = destination;
      this.preface = preface;
      this.loop = loop;
      this.told = told;
    }

    void begin(StreamConfig config) {
      if (over) return;
      CompletableFuture<Channel> asked =
          egress.on(loop, guard, preface).dial(destination, config.connect()).toCompletableFuture();
      dial = asked;
      var _ = asked.whenComplete((channel, failure) -> onLoop(() -> dialled(channel, failure)));
    }

    void cancel() {
      over = true;
      if (dial != null) dial.cancel(false);
    }

    private void dialled(@Nullable Channel channel, @Nullable Throwable failure) {
      if (over) {
        if (channel != null) channel.close();
        return;
      }
      over = true;
      if (channel != null) {
        told.accept(new StreamOutcome.Opened(channel, new FixedSeat(destination)));
        return;
      }
      Throwable cause = failure;
      while (cause instanceof CompletionException && cause.getCause() != null) {
        cause = cause.getCause();
      }
      String text = cause == null ? "" : String.valueOf(cause.getMessage());
      told.accept(
          new StreamOutcome.Failed(
              cause instanceof DialException known ? known.code() : "internal", text));
    }

    private void onLoop(Runnable task) {
      if (loop.inEventLoop()) {
        task.run();
      } else {
        loop.execute(task);
      }
    }
  }

  /** Nobody counts who sits at a fixed place. */
  record FixedSeat(Destination destination) implements Seat {
    @Override
    public void leave(boolean served) {}
  }
}
