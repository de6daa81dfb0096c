package io.fairlead.net.http2;

import io.fairlead.net.http.BodyLength;
import io.fairlead.net.http.ForwardPlan;
import io.fairlead.net.http.RequestHead;
import io.fairlead.net.http.Trailers;
import io.fairlead.net.http.UpstreamLeg;
import io.fairlead.net.http.UpstreamWork;
import io.fairlead.net.http.codec.FieldSyntax;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** One request over a {@link ClientSession}. Confined to the event loop. */
final class StreamLeg implements UpstreamLeg, FrameStream.Reader {
  private static final AsciiString METHOD = AsciiString.cached(":method");
  private static final AsciiString PROTOCOL = AsciiString.cached(":protocol");
  private static final AsciiString SCHEME = AsciiString.cached(":scheme");
  private static final AsciiString AUTHORITY = AsciiString.cached(":authority");
  private static final AsciiString PATH = AsciiString.cached(":path");
  private static final AsciiString CONNECT = AsciiString.cached("CONNECT");
  private static final AsciiString WEBSOCKET = AsciiString.cached("websocket");
  private static final AsciiString HTTP = AsciiString.cached("http");
  private static final AsciiString HTTPS = AsciiString.cached("https");
  private static final AsciiString CONTENT_LENGTH = AsciiString.cached("content-length");
  private static final AsciiString TE = AsciiString.cached("te");
  private static final AsciiString TRAILERS = AsciiString.cached("trailers");
  private static final AsciiString EXPECT = AsciiString.cached("expect");
  private static final AsciiString CONTINUE = AsciiString.cached("100-continue");

  private final ClientSession session;
  private final boolean secure;
  private @Nullable UpstreamWork work;
  private @Nullable FrameStream stream;
  private @Nullable Http2Stream frames;
  private boolean toHead;
  private boolean websocket;
  private boolean headSeen;
  private boolean responseOver;
  private boolean refused;
  private boolean closed;
  private long remaining = -1;

  StreamLeg(ClientSession session, boolean secure) {
    this.session = session;
    this.secure = secure;
  }

  // ---- the exchange's side ----------------------------------------------------------------

  @Override
  public void work(UpstreamWork next) {
    work = next;
  }

  @Override
  public boolean usable() {
    return !closed && !session.gone();
  }

  @Override
  public boolean shared() {
    return true;
  }

  @Override
  public void send(RequestHead head, ForwardPlan plan) {
    websocket = plan.websocket() && head.upgradesToWebSocket();
    toHead = head.method().equals("HEAD");
    HeaderList fields = fields(head, plan);
    if (websocket && !session.takesStreams()) {
      later(UpstreamWork::badResponse); // the server takes no web sockets
      return;
    }
    boolean body =
        switch (head.body()) {
          case BodyLength.None _ -> false;
          case BodyLength.Fixed(long bytes) -> bytes > 0;
          case BodyLength.Chunked _, BodyLength.UntilClose _ -> true;
        };
    try {
      Http2Stream made =
          session
              .connection
              .local()
              .createStream(session.connection.local().incrementAndGetNextStreamId(), false);
      frames = made;
      FrameStream next = new FrameStream(session, made);
      stream = next;
      session.bind(made, this);
      next.head(fields, !body && !websocket);
    } catch (Http2Exception e) {
      later(UpstreamWork::refused); // it said GOAWAY a moment ago
    }
  }

  private HeaderList fields(RequestHead head, ForwardPlan plan) {
    AsciiString target = new AsciiString(plan.target());
    AsciiString host = new AsciiString(plan.host());
    if (!FieldSyntax.target(target) || !FieldSyntax.target(host)) {
      throw new IllegalArgumentException("target or host: not visible ASCII");
    }
    HeaderList fields = new HeaderList();
    fields.add(METHOD, websocket ? CONNECT : new AsciiString(head.method()));
    if (websocket) fields.add(PROTOCOL, WEBSOCKET);
    fields.add(SCHEME, secure ? HTTPS : HTTP);
    fields.add(AUTHORITY, host);
    fields.add(PATH, target);
    List<String> dropped = plan.edits().dropped();
    if (websocket) {
      dropped = new ArrayList<>(dropped);
      dropped.add("sec-websocket-key");
    }
    WireFields.endToEnd(head.fields(), dropped, fields);
    WireFields.added(plan.edits().added(), fields);
    if (head.body() instanceof BodyLength.Fixed(long bytes)) {
      fields.add(CONTENT_LENGTH, WireFields.number(bytes));
    }
    if (plan.wire().forwardExpect() && head.expectsContinue()) fields.add(EXPECT, CONTINUE);
    if (head.takesTrailers() && !websocket) fields.add(TE, TRAILERS);
    return fields;
  }

  private void later(Consumer<UpstreamWork> news) {
    UpstreamWork then = work;
    session
        .channel
        .eventLoop()
        .execute(
            () -> {
              if (work == then && then != null) news.accept(then);
            });
  }

  @Override
  public void data(ByteBuf data) {
    FrameStream out = stream;
    if (out == null) data.release();
    else out.data(data);
  }

  @Override
  public void end(Trailers trailers) {
    if (stream != null && !websocket) stream.end(trailers);
  }

  @Override
  public void flush() {
    session.flush();
  }

  @Override
  public boolean writable() {
    return stream == null || stream.writable();
  }

  @Override
  public void pause() {
    if (stream != null) stream.pause();
  }

  @Override
  public void resume() {
    if (stream != null) stream.resume();
  }

  @Override
  public void letGo(boolean reusable) {
    work = null;
    FrameStream open = stream;
    if (open == null) {
      session.over(this);
      return;
    }
    open.release();
    if (!closed && (!responseOver || !open.outputEnded())) {
      open.reset(responseOver ? Http2Error.NO_ERROR : Http2Error.CANCEL);
    }
  }

  @Override
  public Channel leave() {
    FrameStream open = stream;
    Http2Stream bound = frames;
    if (open == null || bound == null) throw new IllegalStateException("no stream");
    work = null;
    StreamChannel channel = StreamChannel.open(open);
    if (responseOver) channel.inputEnded();
    session.bind(bound, channel);
    var _ = channel.closeFuture().addListener(_ -> session.over(this));
    return channel;
  }

  // ---- from the stream --------------------------------------------------------------------

  void head(HeaderList fields, boolean ends) {
    UpstreamWork to = work;
    if (to == null) return;
    to.progressed();
    if (headSeen) {
      Trailers trailers = ends ? FieldCheck.trailers(fields) : null;
      if (trailers == null || remaining > 0) {
        broken();
        return;
      }
      if (!trailers.isEmpty()) to.responseTrailers(trailers);
      end(to);
      return;
    }
    StreamResponse head = StreamResponse.of(fields, ends, toHead);
    if (head == null || (ends && head.status() < 200)) {
      broken();
    } else if (head.status() < 200) {
      to.informational(head);
    } else if (websocket && head.status() < 300) {
      headSeen = true;
      responseOver = ends;
      to.switching(head, Unpooled.EMPTY_BUFFER);
    } else {
      headSeen = true;
      remaining = head.body() instanceof BodyLength.Fixed(long bytes) ? bytes : -1;
      if (head.body() instanceof BodyLength.None) remaining = 0;
      to.responseHead(head, 0);
      session.touch(this);
      if (ends && work == to) end(to);
    }
  }

  @Override
  public int data(ByteBuf data, boolean ends) {
    UpstreamWork to = work;
    FrameStream in = stream;
    int count = data.readableBytes();
    if (to == null || in == null) return count;
    to.progressed();
    if (!headSeen || (remaining >= 0 && count > remaining)) {
      broken();
      return count;
    }
    if (remaining >= 0) remaining -= count;
    session.touch(this);
    int used = count;
    if (count > 0) {
      to.responseData(data.retain());
      used = in.passed(count);
    }
    if (ends && work == to) {
      if (remaining > 0) broken();
      else end(to);
    }
    return used;
  }

  private void end(UpstreamWork to) {
    responseOver = true;
    to.responseEnd(true);
  }

  /** It broke the protocol. */
  void broken() {
    UpstreamWork to = work;
    if (to != null) to.badResponse();
  }

  @Override
  public void reset(long errorCode) {
    refused = errorCode == Http2Error.REFUSED_STREAM.code();
  }

  @Override
  public void closed() {
    if (closed) return;
    closed = true;
    session.over(this);
    UpstreamWork to = work;
    if (to == null || responseOver) return;
    boolean unprocessed =
        refused || (stream != null && session.unprocessed(stream.id()) && !headSeen);
    if (unprocessed) to.refused();
    else to.upstreamClosed();
  }

  @Override
  public void becameWritable() {
    if (work != null) work.upstreamWritable();
  }

  @Override
  public void burstEnd() {
    if (work != null) work.upstreamBurstEnd();
  }

  void tick(long nowNanos) {
    UpstreamWork to = work;
    if (to != null) to.tick(nowNanos);
  }
}
