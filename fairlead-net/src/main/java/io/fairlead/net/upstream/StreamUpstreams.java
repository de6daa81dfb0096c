package io.fairlead.net.upstream;

import io.fairlead.core.dial.Destination;
import io.netty.channel.EventLoop;
import java.util.Optional;
import java.util.function.Consumer;

/** Servers by the name of their group. Thread-safe. */
public interface StreamUpstreams {
  /** No group at all. */
  StreamUpstreams NONE =
      new StreamUpstreams() {
        @Override
        public Runnable open(StreamAsk ask, EventLoop loop, Consumer<? super StreamOutcome> told) {
          loop.execute(
              () -> told.accept(new StreamOutcome.Failed("no_upstream", "no such upstream")));
          return () -> {};
        }

        @Override
        public Optional<Seat> seat(StreamAsk ask) {
          return Optional.empty();
        }

        @Override
        public boolean leadsTo(String upstream, Destination destination) {
          return false;
        }
      };

  /**
   * Opens a stream to a server of the group, to another one where the first cannot be reached.
   *
   * @param loop of the asking connection; on it the outcome is told, never before this returns
   * @param told at most once
   * @return cancels on that loop; nothing is told afterwards
   */
  Runnable open(StreamAsk ask, EventLoop loop, Consumer<? super StreamOutcome> told);

  /** Chooses a server for datagrams; empty when there is none. */
  Optional<Seat> seat(StreamAsk ask);

  /** Whether that destination is a member of the group at this moment. */
  boolean leadsTo(String upstream, Destination destination);
}
