package io.fairlead.net.http2;

import io.fairlead.net.http.Trailers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelFutureListener;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One stream's flow in both directions: frames out, windows back. What is received counts as used
 * when it was passed on, and not at all while paused. Confined to the event loop.
 */
final class FrameStream implements ChannelFutureListener {
  private static final Logger log = LoggerFactory.getLogger(FrameStream.class);

  /** Who takes what a stream receives. */
  interface Reader {
    /**
     * Body bytes.
     *
     * @param data borrows
     * @return how many of them are used already
     * @throws Http2Exception the stream is to be reset, or the connection to end
     */
    int data(ByteBuf data, boolean ends) throws Http2Exception;

    /** The peer gave it up. */
    void reset(long errorCode);

    /** It is over, one way or the other. */
    void closed();

    /** More may be written again. */
    void becameWritable();

    /** Nothing more to read for now. */
    void burstEnd();
  }

  private final Session session;
  private final Http2Stream stream;
  private boolean paused;
  private boolean ended;
  private int owed;
  private int unwritten;
  private boolean moved;
  private long stillSinceNanos;
  private Runnable whenEnded = () -> {};

  FrameStream(Session session, Http2Stream stream) {
    this.session = session;
    this.stream = stream;
  }

  int id() {
    return stream.id();
  }

  Session session() {
    return session;
  }

  // ---- out --------------------------------------------------------------------------------

  void head(HeaderList fields, boolean ends) {
    if (refused()) return;
    if (ends) ended = true;
    ChannelFuture written =
        session
            .encoder()
            .writeHeaders(
                session.context(), stream.id(), fields, 0, ends, session.context().newPromise());
    if (ends) track(written);
  }

  /** Takes ownership. */
  void data(ByteBuf data) {
    if (refused() || ended) {
      data.release();
      return;
    }
    write(data, false);
  }

  /** Ends our direction. */
  void end(Trailers trailers) {
    if (refused() || ended) return;
    ended = true;
    if (trailers.isEmpty()) {
      write(Unpooled.EMPTY_BUFFER, true);
      return;
    }
    HeaderList fields = new HeaderList();
    WireFields.added(trailers.list(), fields);
    track(
        session
            .encoder()
            .writeHeaders(
                session.context(), stream.id(), fields, 0, true, session.context().newPromise()));
  }

  /** Whether our direction was ended. */
  boolean outputEnded() {
    return ended;
  }

  /** Called when the end of our direction was written. */
  void whenEnded(Runnable action) {
    whenEnded = action;
  }

  void reset(Http2Error error) {
    if (session.gone()) return;
    var _ = // a failure ends the connection
        session
            .encoder()
            .writeRstStream(
                session.context(), stream.id(), error.code(), session.context().newPromise());
    session.flush();
  }

  boolean writable() {
    return !session.gone() && session.outbound().isWritable(stream);
  }

  /** For how long nothing of what waits was written, in nanoseconds; once per tick. */
  long stillNanos(long nowNanos) {
    if (unwritten == 0 || moved) {
      moved = false;
      stillSinceNanos = nowNanos;
      return 0;
    }
    return nowNanos - stillSinceNanos;
  }

  private void write(ByteBuf data, boolean ends) {
    track(
        session
            .encoder()
            .writeData(
                session.context(), stream.id(), data, 0, ends, session.context().newPromise()));
  }

  private void track(ChannelFuture written) {
    unwritten++;
    written.addListener(this);
  }

  @Override
  public void operationComplete(ChannelFuture written) {
    unwritten--;
    moved = true;
    if (ended && unwritten == 0 && written.isSuccess()) whenEnded.run();
  }

  private boolean refused() {
    return session.gone() || stream.state() == Http2Stream.State.CLOSED || stream.isResetSent();
  }

  // ---- in ---------------------------------------------------------------------------------

  /** Bytes came and were passed on; returns how many are used already. */
  int passed(int bytes) {
    if (!paused) return bytes;
    owed += bytes;
    return 0;
  }

  /** Bytes came and wait. */
  void holds(int bytes) {
    owed += bytes;
  }

  void pause() {
    paused = true;
  }

  void resume() {
    paused = false;
    release();
  }

  boolean paused() {
    return paused;
  }

  /** Gives the window back for all that waited. */
  void release() {
    int bytes = owed;
    owed = 0;
    consume(bytes);
  }

  /** Gives the window back for some of what waited, if that did not happen meanwhile. */
  void release(int bytes) {
    int some = Math.min(bytes, owed);
    owed -= some;
    consume(some);
  }

  private void consume(int bytes) {
    if (bytes == 0 || session.gone()) return;
    try {
      if (session.inbound().consumeBytes(stream, bytes)) session.flush();
    } catch (Http2Exception e) {
      log.atError().setCause(e).log("window could not be given back");
      session.fail(Http2Error.INTERNAL_ERROR);
    }
  }
}
