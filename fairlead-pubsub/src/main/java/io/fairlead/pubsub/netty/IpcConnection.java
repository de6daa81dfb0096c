package io.fairlead.pubsub.netty;

import io.fairlead.pubsub.FrameSink;
import io.fairlead.pubsub.TerminalCause;
import io.fairlead.pubsub.codec.JsonStreamFramer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;

/** One Unix socket that carries JSON without delimiters. */
final class IpcConnection extends LineHandler {
  private final Wiring wiring;
  private final JsonStreamFramer framer;
  private boolean broken;

  IpcConnection(Wiring wiring) {
    this.wiring = wiring;
    this.framer = new JsonStreamFramer(wiring.bounds().messageBytes());
  }

  @Override
  void bytes(ByteBuf in) {
    FrameSink to = sink();
    if (to == null || broken) return;
    JsonStreamFramer.Outcome outcome =
        framer.feed(in, message -> to.frame(Unpooled.wrappedBuffer(message)));
    switch (outcome) {
      case OK -> {}
      case NOT_JSON ->
          end(TerminalCause.of(TerminalCause.Kind.PROTOCOL, "something that is no JSON object"));
      case TOO_LARGE ->
          end(TerminalCause.of(TerminalCause.Kind.FRAME_TOO_LARGE, "message beyond the limit"));
    }
  }

  private void end(TerminalCause cause) {
    broken = true;
    fail(cause);
  }

  @Override
  public void send(ByteBuf utf8) {
    write(utf8);
    write(Unpooled.wrappedBuffer(new byte[] {'\n'}));
  }

  @Override
  public void close() {
    close(TerminalCause.of(TerminalCause.Kind.CLOSED, ""));
  }

  @Override
  public void close(TerminalCause why) {
    wiring.loop().execute(() -> fail(why));
  }
}
