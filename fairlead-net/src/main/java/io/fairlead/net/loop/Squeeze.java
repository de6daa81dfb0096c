package io.fairlead.net.loop;

import io.netty.channel.WriteBufferWaterMark;

/** How much relays may hold, by how short memory is. Each reader follows with its next read. */
public enum Squeeze {
  /** As {@link RelayBuffers} says. */
  NONE(RelayBuffers.READ_LARGE_MAX, RelayBuffers.SMALL),
  /** Reads of 64 KiB at most; who has 8 KiB waiting gets no more. */
  TIGHT(RelayBuffers.READ_SMALL_MAX, RelayBuffers.TIGHT),
  /** Reads of 2 KiB. */
  LEAST(RelayBuffers.READ_START, RelayBuffers.TIGHT);

  final int readMax;
  final WriteBufferWaterMark marks;

  Squeeze(int readMax, WriteBufferWaterMark marks) {
    this.readMax = readMax;
    this.marks = marks;
  }
}
