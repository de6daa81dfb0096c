package io.fairlead.net.http2;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelOutboundBuffer;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a {@link LinkSession}: its head, then its channel. The window of a stream whose
 * reader keeps up doubles for each round trip that used it up. Confined to the event loop.
 */
final class LinkLane implements FrameStream.Reader, StreamLink.Asked {
  private final LinkSession session;
  private final Http2Stream frames;
  private final FrameStream stream;
  private final StreamChannel channel;
  private final CompletableFuture<Channel> answer;
  private @Nullable LinkRequest request;
  private boolean answered;
  private boolean gone;
  private boolean touched;
  private boolean used; // before the answer
  private int window = LinkSession.WINDOW;
  private long roundBytes;
  private long roundSinceNanos;

  LinkLane(
      LinkSession session,
      Http2Stream frames,
      FrameStream stream,
      CompletableFuture<Channel> answer) {
    this.session = session;
    this.frames = frames;
    this.stream = stream;
    this.answer = answer;
    this.channel = StreamChannel.open(stream);
    channel.closeFuture().addListener(_ -> left());
  }

  /** Bytes written to it that did not leave. */
  long waitingBytes() {
    ChannelOutboundBuffer out = channel.unsafe().outboundBuffer();
    return out == null ? 0 : out.totalPendingWriteBytes();
  }

  // ---- the end that opened it -------------------------------------------------------------

  /** A head, or a trailer section. */
  void head(HeaderList fields, boolean ends) throws Http2Exception {
    if (request != null || answered) {
      if (ends) data(Unpooled.EMPTY_BUFFER, true);
      return;
    }
    int status = LinkHead.status(fields);
    if (status >= 100 && status < 200) return;
    answered = true;
    if (status != 200) {
      answer.completeExceptionally(new LinkRefusedException(status, LinkHead.error(fields)));
      if (used) channel.reset(Http2Error.CANCEL.code());
      give();
      return;
    }
    if (used) {
      answer.complete(channel);
      if (ends) data(Unpooled.EMPTY_BUFFER, true);
      return;
    }
    if (ends) channel.inputEnded();
    channel.tellsResets();
    if (!answer.complete(channel)) give();
  }

  /** Its user does not wait for the answer. */
  Channel usedAtOnce() {
    used = true;
    channel.tellsResets();
    return channel;
  }

  /** Ends it without another word: nobody waits for it. */
  private void give() {
    stream.reset(Http2Error.CANCEL);
    var _ = channel.close();
  }

  // ---- the end that was asked -------------------------------------------------------------

  void asked(LinkRequest head) {
    request = head;
  }

  boolean wellFormed() {
    return request != null && !gone;
  }

  void malformed() {
    answered = true;
    stream.reset(Http2Error.PROTOCOL_ERROR);
    var _ = channel.close();
  }

  @Override
  public LinkRequest request() {
    LinkRequest asked = request;
    if (asked == null) throw new IllegalStateException("nobody asked");
    return asked;
  }

  @Override
  public boolean waiting() {
    return !answered && !gone;
  }

  @Override
  public Channel accept() {
    if (!waiting()) throw new IllegalStateException("answered already, or gone");
    answered = true;
    channel.tellsResets();
    stream.head(LinkHead.answer(200, ""), false);
    session.flush();
    return channel;
  }

  @Override
  public void refuse(int status, String error) {
    if (!waiting()) return;
    answered = true;
    stream.head(LinkHead.answer(status, error), true);
    session.flush();
    var _ = channel.close();
  }

  // ---- from the stream --------------------------------------------------------------------

  @Override
  public int data(ByteBuf data, boolean ends) throws Http2Exception {
    grow(data.readableBytes());
    channel.burstBegin();
    int used = channel.data(data, ends);
    if (!touched) {
      touched = true;
      session.touch(this);
    }
    return used;
  }

  /**
   * What is on its way during one round trip is what a window must hold; one that was used up by
   * half in that time slows its stream down.
   */
  private void grow(int bytes) throws Http2Exception {
    if (window >= LinkSession.WINDOW_MAX) return;
    roundBytes += bytes;
    long rtt = session.rttNanos();
    long now = session.nowNanos();
    if (rtt == 0 || now - roundSinceNanos < rtt) return;
    boolean used = 2 * roundBytes >= window && now - roundSinceNanos < 2 * rtt;
    roundBytes = 0;
    roundSinceNanos = now;
    if (!used || !channel.holdsNothing()) return;
    session.inbound().incrementWindowSize(frames, window);
    window *= 2;
  }

  @Override
  public void reset(long errorCode) {
    channel.reset(errorCode);
  }

  @Override
  public void closed() {
    channel.closed();
  }

  void lost() {
    channel.closed();
    if (channel.isOpen() && !answered) channel.close();
    left();
  }

  @Override
  public void becameWritable() {
    channel.becameWritable();
  }

  @Override
  public void burstEnd() {
    touched = false;
    channel.burstEnd();
  }

  private void left() {
    if (gone) return;
    gone = true;
    if (!answered) answer.completeExceptionally(new LinkRefusedException(0, "lost"));
    session.over(this);
  }
}
