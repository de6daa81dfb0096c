package io.fairlead.net.pipe;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.EventLoop;

/**
 * Two channels, each of which receives what is written to the other.
 *
 * @param here lives on the first loop, {@code autoRead} off
 * @param there lives on the second, the same
 */
public record Pipe(Channel here, Channel there) {
  /** Bytes written to one end that the other did not read: more waits in the writer's channel. */
  static final int CAPACITY = 256 * 1024;

  /** Opens one; any thread. Both ends are registered with their loops soon. */
  public static Pipe open(EventLoop first, EventLoop second, ByteBufAllocator allocator) {
    PipeEnd here = new PipeEnd(first, allocator);
    PipeEnd there = new PipeEnd(second, allocator);
    here.join(there);
    there.join(here);
    var _ = first.register(here);
    var _ = second.register(there);
    return new Pipe(here, there);
  }
}
