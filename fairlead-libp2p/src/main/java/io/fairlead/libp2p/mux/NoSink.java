package io.fairlead.libp2p.mux;

import io.netty.buffer.ByteBuf;
import java.util.function.Consumer;

/** The sink of a stream that has none yet. */
enum NoSink implements StreamSink {
  INSTANCE;

  @Override
  public void data(ByteBuf data) {
    data.release();
  }

  @Override
  public void inputEnded() {}

  @Override
  public void peek(int max, Consumer<? super ByteBuf> pieces) {}

  @Override
  public void taken(int count) {}

  @Override
  public void closed(StreamEnd end) {}
}
