package io.fairlead.net.http2;

import io.fairlead.core.unit.Limit;
import io.fairlead.net.http.Answer;
import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.BodyReceiver;
import io.fairlead.net.http.ClientExchange;
import io.fairlead.net.http.EdgeBound;
import io.fairlead.net.http.ExchangePace;
import io.fairlead.net.http.FieldEdits;
import io.fairlead.net.http.FilePieces;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.ResponseHead;
import io.fairlead.net.http.Trailers;
import io.fairlead.net.http.codec.Reject;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.net.live.Severable;
import io.fairlead.net.rate.Pace;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.nio.channels.FileChannel;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * One request and its response on a stream of a {@link ServerSession}. Calls after the end are
 * ignored, because the client may leave at any moment; what they carry is released.
 *
 * <p>A response head waits for the first body bytes or the end, so that a response without a body
 * is one frame. Confined to the event loop.
 */
final class StreamExchange implements ClientExchange, FrameStream.Reader {
  private static final AsciiString DATE = AsciiString.cached("date");
  private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
  private static final AsciiString CONTENT_TYPE = AsciiString.cached("content-type");
  private static final AsciiString ERROR_CODE = AsciiString.cached("x-fairlead-error");
  private static final AsciiString OK = AsciiString.cached("200");
  private static final AsciiString CONTINUE = AsciiString.cached("100");
  private static final Runnable NOTHING = () -> {};

  private final ServerSession session;
  private final FrameStream stream;
  private final StreamHead head;
  private final Http2Stream frames;
  private final StreamBody body;
  private final long startedAtNanos;
  private @Nullable HeaderList pendingHead;
  private @Nullable StreamChannel tunnel;
  private @Nullable ExchangePace pace;
  private @Nullable StreamCut cut;
  private UnaryOperator<BodyReceiver> bodyWatcher = UnaryOperator.identity();
  private Runnable writableListener = NOTHING;
  private Runnable endListener = NOTHING;
  private int status;
  private boolean over;
  private boolean answered;
  private boolean aborted;
  private boolean lost;
  private boolean suppressed;
  private boolean counted;
  private boolean occupiedUpstream;
  private boolean gone;
  private long bodyRemaining;
  private long sentBytes;

  StreamExchange(
      ServerSession session, Http2Stream frames, StreamHead head, boolean ends, long nowNanos) {
    this.session = session;
    this.frames = frames;
    this.head = head;
    this.startedAtNanos = nowNanos;
    stream = new FrameStream(session, frames);
    stream.whenEnded(this::responseWritten);
    body = new StreamBody(this, stream, head, ends, session);
  }

  // ---- questions --------------------------------------------------------------------------

  @Override
  public RequestHead head() {
    return head;
  }

  @Override
  public Channel channel() {
    return tunnel != null ? tunnel : session.channel;
  }

  @Override
  public boolean multiplexed() {
    return true;
  }

  @Override
  public LiveConnection connection() {
    return session.live();
  }

  @Override
  public Severable work() {
    StreamCut held = cut;
    if (held == null) {
      held = new StreamCut(session.live(), session.channel.eventLoop(), this::severed);
      cut = held;
    }
    return held;
  }

  private void severed() {
    if (tunnel != null) {
      tunnel.sever();
    } else if (!over) {
      aborted = true;
      pendingHead = null;
      stream.reset(Http2Error.CANCEL);
    }
  }

  @Override
  public boolean secure() {
    return session.secure();
  }

  @Override
  public long startedAtNanos() {
    return startedAtNanos;
  }

  @Override
  public int status() {
    return lost && status == 0 ? 499 : status;
  }

  @Override
  public long sentBytes() {
    return sentBytes;
  }

  @Override
  public boolean ended() {
    return over;
  }

  boolean responding() {
    return status != 0;
  }

  /** Whether the client may still be sending a body. */
  boolean expectsBody() {
    return !over && !body.ended();
  }

  // ---- the request's body -----------------------------------------------------------------

  @Override
  public void bodyMax(Limit max) {
    body.max(max);
  }

  @Override
  public Pace pace() {
    ExchangePace held = pace;
    return held == null ? Pace.NONE : held.pace();
  }

  @Override
  public void pace(Pace rates) {
    if (rates == Pace.NONE) return;
    pace =
        new ExchangePace(
            rates,
            session.channel.eventLoop(),
            new ExchangePace.Ways() {
              @Override
              public void stopReading() {
                body.pause();
              }

              @Override
              public void goOnReading() {
                body.resume();
              }

              @Override
              public void becameWritable() {
                if (writable()) writableListener.run();
              }
            },
            session.edge().meters());
  }

  @Override
  public void watchBody(UnaryOperator<BodyReceiver> watcher) {
    bodyWatcher = watcher;
  }

  @Override
  public void readBody(BodyReceiver to) {
    BodyReceiver receiver = bodyWatcher.apply(to);
    if (over) {
      receiver.onFailed(status(), "client_gone");
      return;
    }
    ExchangePace held = pace;
    body.read(held == null ? receiver : held.counting(receiver));
  }

  @Override
  public void pauseBody() {
    ExchangePace held = pace;
    if (held == null) body.pause();
    else held.pause();
  }

  @Override
  public void resumeBody() {
    ExchangePace held = pace;
    if (held == null) body.resume();
    else held.resume();
  }

  /** Tells a client that waits for it to send its body. */
  void sendContinue() {
    if (over || status != 0) return;
    HeaderList fields = new HeaderList();
    fields.status(CONTINUE);
    stream.head(fields, false);
    session.flush();
  }

  void failBody(Reject reason, BodyReceiver to) {
    session.edge().meters().rejected(reason);
    fail(Answer.refusal(reason));
    to.onFailed(reason.status(), reason.code());
  }

  // ---- the response -----------------------------------------------------------------------

  @Override
  public void respond(Answer answer) {
    if (refusesResponse()) return;
    Answer whole = answer.rendered(head.fields());
    HeaderList fields = GrpcStatus.of(head, whole);
    if (fields != null) {
      status = whole.status();
      pendingHead = fields.add(DATE, session.loop.date());
      suppressed = true;
      finish();
      return;
    }
    fields = begin(whole.status(), whole.fields());
    List<FieldEdits.Field> standing = session.rules().answerFields();
    for (int i = 0; i < standing.size(); i++) {
      FieldEdits.Field field = standing.get(i);
      if (!whole.has(field.name())) WireFields.add(field.name(), field.value(), fields);
    }
    if (!whole.contentType().isEmpty()) {
      fields.add(CONTENT_TYPE, new AsciiString(whole.contentType()));
    }
    if (!whole.errorCode().isEmpty()) fields.add(ERROR_CODE, new AsciiString(whole.errorCode()));
    framing(fields, whole.status(), new BodyLength.Fixed(whole.body().length));
    if (whole.body().length > 0) write(Unpooled.wrappedBuffer(whole.body()));
    finish();
  }

  @Override
  public void respond(int responseStatus, FieldEdits edits, BodyLength length) {
    if (refusesResponse()) return;
    framing(begin(responseStatus, edits.added()), responseStatus, length);
  }

  @Override
  public void respondForwarded(
      ResponseHead response, FieldEdits edits, BodyLength length, int present) {
    if (refusesResponse()) return;
    HeaderList fields = forwarded(response, response.status(), edits);
    if (length instanceof BodyLength.None
        && response.announcedLength() >= 0
        && response.status() != 204) {
      fields.add(CONTENT_LENGTH, WireFields.number(response.announcedLength()));
    }
    framing(fields, response.status(), length);
  }

  @Override
  public void informational(ResponseHead response) {
    if (over || status != 0) return;
    stream.head(forwarded(response, response.status(), new FieldEdits()), false);
    session.flush();
  }

  @Override
  public void write(ByteBuf data) {
    int count = data.readableBytes();
    if (over || answered || suppressed || count == 0) {
      data.release();
      return;
    }
    if (status == 0) {
      data.release();
      throw new IllegalStateException("body before head");
    }
    if (bodyRemaining >= 0) {
      if (count > bodyRemaining) {
        data.release();
        throw new IllegalStateException(
            "body: " + count + " bytes (expected: <= " + bodyRemaining + ")");
      }
      bodyRemaining -= count;
    }
    sentBytes += count;
    if (pace != null) pace.sent(count);
    session.sent(count);
    sendHead();
    stream.data(data);
  }

  @Override
  public void flush() {
    if (over) return;
    sendHead();
    session.flush();
  }

  @Override
  public void sendFile(FileChannel file, long offset, long length) {
    if (over || answered || suppressed || length == 0) {
      FilePieces.close(file);
      finish();
      return;
    }
    new FilePieces(this, file, offset, length).start();
  }

  @Override
  public void finish() {
    finish(Trailers.NONE);
  }

  @Override
  public void finish(Trailers trailers) {
    if (over || answered) return;
    if (status == 0) throw new IllegalStateException("finished without a response");
    if (!suppressed && bodyRemaining > 0) {
      abort(); // fewer bytes than announced
      return;
    }
    answered = true;
    HeaderList waiting = pendingHead;
    pendingHead = null;
    if (waiting != null && trailers.isEmpty()) {
      stream.head(waiting, true);
    } else {
      if (waiting != null) stream.head(waiting, false);
      stream.end(trailers);
    }
    session.flush();
  }

  @Override
  public boolean writable() {
    ExchangePace held = pace;
    return !over && stream.writable() && (held == null || !held.responseRests());
  }

  @Override
  public void onWritable(Runnable listener) {
    writableListener = listener;
  }

  @Override
  public void fail(Answer answer) {
    if (over || answered) return;
    if (status != 0) {
      abort();
    } else {
      respond(answer);
    }
  }

  @Override
  public void abort() {
    if (over) return;
    aborted = true;
    pendingHead = null;
    stream.reset(Http2Error.INTERNAL_ERROR);
  }

  @Override
  public void onEnd(Runnable listener) {
    if (over) {
      listener.run();
      return;
    }
    Runnable earlier = endListener;
    endListener =
        earlier == NOTHING
            ? listener
            : () -> {
              earlier.run();
              listener.run();
            };
  }

  @Override
  public ByteBuf upgrade(int responseStatus, FieldEdits edits) {
    if (refusesResponse()) return Unpooled.EMPTY_BUFFER;
    HeaderList fields = new HeaderList();
    fields.status(OK); // there is no 101 on this wire (RFC 8441 §5)
    edits.purge("Sec-WebSocket-Accept");
    WireFields.added(edits.added(), fields);
    return leave(responseStatus, fields);
  }

  @Override
  public ByteBuf upgradeForwarded(ResponseHead response, FieldEdits edits) {
    if (refusesResponse()) return Unpooled.EMPTY_BUFFER;
    edits.purge("Sec-WebSocket-Accept");
    return leave(101, forwarded(response, 200, edits));
  }

  private ByteBuf leave(int responseStatus, HeaderList fields) {
    status = responseStatus;
    stream.head(fields, false);
    session.flush();
    stream.whenEnded(NOTHING);
    StreamChannel channelOfStream = StreamChannel.open(stream);
    if (body.ended()) channelOfStream.inputEnded();
    ByteBuf early = body.takeAll();
    tunnel = channelOfStream;
    session.bind(frames, channelOfStream);
    session.tunnel(channelOfStream);
    answered = true;
    over();
    return early;
  }

  @Override
  public void occupy() {
    occupiedUpstream = true;
  }

  @Override
  public void vacate() {
    occupiedUpstream = false;
    leaveSession();
  }

  private boolean refusesResponse() {
    if (over) return true;
    if (status != 0) throw new IllegalStateException("a second response (first: " + status + ")");
    return false;
  }

  private HeaderList begin(int responseStatus, List<FieldEdits.Field> added) {
    HeaderList fields = new HeaderList();
    fields.status(WireFields.number(responseStatus));
    boolean dated = false;
    for (int i = 0; i < added.size(); i++) dated |= added.get(i).name().equalsIgnoreCase("date");
    if (!dated) fields.add(DATE, session.loop.date());
    WireFields.added(added, fields);
    return fields;
  }

  private static HeaderList forwarded(ResponseHead response, int asStatus, FieldEdits edits) {
    HeaderList fields = new HeaderList();
    fields.status(WireFields.number(asStatus));
    WireFields.endToEnd(response.fields(), edits.dropped(), fields);
    WireFields.added(edits.added(), fields);
    return fields;
  }

  private void framing(HeaderList fields, int responseStatus, BodyLength length) {
    boolean bodiless = responseStatus == 204 || responseStatus == 304;
    suppressed = bodiless || head.method().equals("HEAD");
    bodyRemaining = -1;
    switch (length) {
      case BodyLength.Fixed(long bytes) -> {
        if (!bodiless) fields.add(CONTENT_LENGTH, WireFields.number(bytes));
        bodyRemaining = bytes;
      }
      case BodyLength.None _ -> bodyRemaining = 0;
      case BodyLength.Chunked _, BodyLength.UntilClose _ -> {}
    }
    status = responseStatus;
    pendingHead = fields;
  }

  private void sendHead() {
    HeaderList waiting = pendingHead;
    if (waiting == null) return;
    pendingHead = null;
    stream.head(waiting, false);
  }

  // ---- from the stream --------------------------------------------------------------------

  @Override
  public int data(ByteBuf data, boolean ends) throws Http2Exception {
    return body.data(data, ends);
  }

  void trailers(HeaderList fields, boolean ends) throws Http2Exception {
    Trailers trailers = ends ? FieldCheck.trailers(fields) : null;
    if (trailers == null) {
      throw Http2Exception.streamError(
          stream.id(), Http2Error.PROTOCOL_ERROR, "malformed trailers");
    }
    session.edge().meters().droppedTrailers(fields.size() - trailers.size());
    body.end(trailers);
  }

  @Override
  public void reset(long errorCode) {
    session.edge().http2Meters().resetByClient();
  }

  /** RFC 9113 §8.1: a response may be complete before its request; the rest is not wanted. */
  private void responseWritten() {
    if (!body.ended()) stream.reset(Http2Error.NO_ERROR);
  }

  @Override
  public void becameWritable() {
    if (writable()) writableListener.run();
  }

  @Override
  public void burstEnd() {
    body.burstEnd();
  }

  @Override
  public void closed() {
    gone = true;
    if (!over) {
      lost = !answered && !aborted;
      pendingHead = null;
      over();
      body.lost(lost ? 499 : status());
    }
    leaveSession();
  }

  void tick(long nowNanos) {
    if (over) return;
    if (stream.stillNanos(nowNanos) >= session.rules().writeStallTimeout().toNanos()) {
      session.edge().meters().beyond(EdgeBound.WRITE_STALL);
      aborted = true;
      stream.reset(Http2Error.CANCEL);
      return;
    }
    body.tick(nowNanos);
  }

  private void over() {
    over = true;
    session.edge().meters().answered(status(), session.clock().nanos() - startedAtNanos);
    endListener.run();
    leaveSession();
  }

  private void leaveSession() {
    boolean streamOver = gone || tunnel != null;
    if (counted || !streamOver || (occupiedUpstream && tunnel == null)) return;
    counted = true;
    session.left(this);
  }
}
