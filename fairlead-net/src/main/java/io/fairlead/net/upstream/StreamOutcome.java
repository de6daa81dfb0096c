package io.fairlead.net.upstream;

import io.netty.channel.Channel;

/** What became of a wish for a stream. */
public sealed interface StreamOutcome {
  /**
   * The stream is open.
   *
   * @param channel connected, {@code autoRead} off, no handlers but TLS; owned by the asker now
   * @param seat to be left when the stream is over
   */
  record Opened(Channel channel, Seat seat) implements StreamOutcome {}

  /**
   * There is none.
   *
   * @param reason stable snake_case word: {@code no_upstream}, {@code no_endpoint}, {@code
   *     overload}, or why the last dial failed
   * @param text for people
   */
  record Failed(String reason, String text) implements StreamOutcome {}
}
