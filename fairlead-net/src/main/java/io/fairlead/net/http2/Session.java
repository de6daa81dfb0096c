package io.fairlead.net.http2;

import io.fairlead.core.time.Clock;
import io.fairlead.net.http.Http2Limits;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http2.DefaultHttp2Connection;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionDecoder;
import io.netty.handler.codec.http2.DefaultHttp2ConnectionEncoder;
import io.netty.handler.codec.http2.DefaultHttp2FrameReader;
import io.netty.handler.codec.http2.DefaultHttp2FrameWriter;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2LocalFlowController;
import io.netty.handler.codec.http2.DefaultHttp2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2ConnectionEncoder;
import io.netty.handler.codec.http2.Http2Error;
import io.netty.handler.codec.http2.Http2EventAdapter;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameReader;
import io.netty.handler.codec.http2.Http2Headers;
import io.netty.handler.codec.http2.Http2HeadersEncoder.SensitivityDetector;
import io.netty.handler.codec.http2.Http2LocalFlowController;
import io.netty.handler.codec.http2.Http2PromisedRequestVerifier;
import io.netty.handler.codec.http2.Http2RemoteFlowController;
import io.netty.handler.codec.http2.Http2Settings;
import io.netty.handler.codec.http2.Http2Stream;
import io.netty.handler.codec.http2.UniformStreamByteDistributor;
import io.netty.handler.ssl.SslCloseCompletionEvent;
import io.netty.handler.ssl.SslHandler;
import io.netty.util.AsciiString;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What both ends of an HTTP/2 connection have in common: the codec and its bounds, bursts and
 * flushes, and the way a broken connection ends. Confined to its event loop.
 */
abstract class Session extends Http2EventAdapter {
  private static final long LINGER_NANOS = 2_000_000_000L;
  private static final long LINGER_BYTES_MAX = 1024 * 1024;

  /**
   * Many users may share one connection, and the size of a compressed head says whether a guess of
   * somebody's secret was right: those values stay out of the table (RFC 7541 §7.1).
   */
  private static final SensitivityDetector SECRETS =
      (name, _) ->
          switch (name.length()) {
            case 6 -> AsciiString.contentEquals("cookie", name);
            case 10 -> AsciiString.contentEquals("set-cookie", name);
            case 13 -> AsciiString.contentEquals("authorization", name);
            default -> false;
          };

  final Channel channel;
  final SessionLoop loop;
  final Http2Connection connection;
  final FrameGuard guard;
  final FrameHandler handler;
  private final Http2ConnectionEncoder encoder;
  private final Http2Connection.PropertyKey streamKey;
  private final List<FrameStream.Reader> touched = new ArrayList<>();
  private @Nullable ChannelHandlerContext context;
  private boolean inBurst;
  private boolean flushPlanned;
  private boolean failed;
  private boolean leaving;
  private boolean gone;
  private long lingerBytes;
  private long lingerUntilNanos;

  Session(
      Channel channel,
      SessionLoop loop,
      boolean server,
      Http2Limits limits,
      Http2Settings initial,
      Clock clock) {
    this.channel = channel;
    this.loop = loop;
    connection = new DefaultHttp2Connection(server, 0);
    streamKey = connection.newKey();
    if (openHanded()) {
      connection
          .local()
          .flowController(
              new DefaultHttp2LocalFlowController(
                  connection, DefaultHttp2LocalFlowController.DEFAULT_WINDOW_UPDATE_RATIO, true));
    }
    UniformStreamByteDistributor shares = new UniformStreamByteDistributor(connection);
    if (openHanded()) shares.minAllocationChunk(LinkFrames.TURN);
    connection.remote().flowController(new DefaultHttp2RemoteFlowController(connection, shares));
    Http2FrameReader reader =
        new DefaultHttp2FrameReader(
            new FieldDecoder(limits.headerList().bytes()), limits.continuations());
    guard = new FrameGuard(reader, limits, clock);
    encoder =
        new ControlBound(
            new DefaultHttp2ConnectionEncoder(
                connection,
                openHanded()
                    ? new LinkFrames(SECRETS)
                    : new DefaultHttp2FrameWriter(SECRETS, server)),
            limits.queuedControlFrames(),
            this);
    DefaultHttp2ConnectionDecoder decoder =
        new DefaultHttp2ConnectionDecoder(
            connection,
            encoder,
            guard,
            Http2PromisedRequestVerifier.ALWAYS_VERIFY,
            true,
            true,
            false, // heads are checked by StreamHead and StreamResponse
            false);
    connection.addListener(this);
    handler = new FrameHandler(decoder, encoder, initial, this);
    connection.remote().flowController().listener(this::writabilityChanged);
  }

  /** Whether more answers to control frames wait than may. */
  boolean answersPiledUp() {
    return encoder instanceof ControlBound bound && bound.exceeded();
  }

  /**
   * Whether it carries streams of bytes, of many users, over TLS: the connection's window is given
   * back as bytes come, whatever becomes of them, so that one stream that nobody reads takes
   * nothing from the others; frames have the size of a TLS record, and a stream's turn is a few of
   * them. Asked while it is made.
   */
  boolean openHanded() {
    return false;
  }

  // ---- for streams ------------------------------------------------------------------------

  Http2ConnectionEncoder encoder() {
    return encoder;
  }

  Http2LocalFlowController inbound() {
    return connection.local().flowController();
  }

  Http2RemoteFlowController outbound() {
    return connection.remote().flowController();
  }

  ChannelHandlerContext context() {
    ChannelHandlerContext ctx = context;
    if (ctx == null) throw new IllegalStateException("not in a pipeline");
    return ctx;
  }

  void bind(Http2Stream stream, FrameStream.Reader reader) {
    stream.setProperty(streamKey, reader);
  }

  FrameStream.@Nullable Reader reader(@Nullable Http2Stream stream) {
    return stream == null ? null : stream.getProperty(streamKey);
  }

  /** It received something in this burst, and wants to hear of the burst's end. */
  void touch(FrameStream.Reader reader) {
    if (inBurst) touched.add(reader);
    else reader.burstEnd();
  }

  /** Writes out what waits, once per turn of the loop: all streams share the system call. */
  void flush() {
    if (flushPlanned || inBurst || gone) return;
    flushPlanned = true;
    loop.afterwards(this);
  }

  void flushNow() {
    flushPlanned = false;
    if (!gone) handler.flush(context());
  }

  boolean gone() {
    return gone || failed || leaving;
  }

  // ---- for the handler --------------------------------------------------------------------

  void entered(ChannelHandlerContext ctx) {
    context = ctx;
  }

  /** At the end, what comes is thrown away for a while: a close would destroy our last words. */
  boolean takesNoMore(ByteBuf bytes) {
    if (!failed && !leaving) return false;
    lingerBytes += bytes.readableBytes();
    if (lingerBytes > LINGER_BYTES_MAX) {
      var _ = channel.close();
    }
    return true;
  }

  void burstBegin(int bytes) {
    inBurst = true;
    received(bytes);
  }

  void burstEnd() {
    for (int i = 0; i < touched.size(); i++) touched.get(i).burstEnd();
    touched.clear();
    inBurst = false;
    burstOver();
  }

  /** Returns whether it was taken. */
  boolean event(Object event) {
    if (event instanceof ChannelInputShutdownEvent || event instanceof SslCloseCompletionEvent) {
      var _ = channel.close(); // nothing can be asked or answered any more
      return true;
    }
    return false;
  }

  final void inactive() {
    if (gone) return;
    gone = true;
    touched.clear();
    ended();
  }

  /** Ends the connection with a word why; its streams are lost. */
  final void fail(Http2Error error) {
    if (failed || gone) return;
    failed = true;
    failing(error);
    ChannelHandlerContext ctx = context();
    int last = connection.remote().lastStreamCreated();
    lingerUntilNanos = clock().nanos() + LINGER_NANOS;
    var _ = // whatever becomes of it, the tick ends the connection
        encoder
            .frameWriter()
            .writeGoAway(ctx, last, error.code(), Unpooled.EMPTY_BUFFER, ctx.newPromise())
            .addListener(_ -> shutOutput());
    ctx.flush();
    ended();
  }

  /** Ends the connection behind what was written, and leaves the peer time to read it. */
  final void leaveInPeace() {
    if (failed || leaving || gone) return;
    flushNow();
    leaving = true;
    lingerUntilNanos = clock().nanos() + LINGER_NANOS;
    var _ = channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> shutOutput());
  }

  /** Whether it is only waiting for its end; once per tick. */
  final boolean ending(long nowNanos) {
    if (!failed && !leaving) return false;
    if (nowNanos - lingerUntilNanos >= 0) {
      var _ = channel.close();
    }
    return true;
  }

  private void shutOutput() {
    if (!channel.isActive()) return; // the peer's end, or the tick, closes it
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls != null) {
      var _ = tls.closeOutbound();
    } else if (channel instanceof DuplexChannel duplex) {
      var _ = duplex.shutdownOutput();
    }
  }

  private void writabilityChanged(Http2Stream stream) {
    FrameStream.Reader reader = reader(stream);
    if (reader != null && outbound().isWritable(stream)) reader.becameWritable();
  }

  // ---- frames -----------------------------------------------------------------------------

  @Override
  public int onDataRead(
      ChannelHandlerContext ctx, int streamId, ByteBuf data, int padding, boolean endOfStream)
      throws Http2Exception {
    FrameStream.Reader reader = reader(connection.stream(streamId));
    if (reader == null || failed) return data.readableBytes() + padding;
    return padding + reader.data(data, endOfStream);
  }

  @Override
  public void onRstStreamRead(ChannelHandlerContext ctx, int streamId, long errorCode) {
    FrameStream.Reader reader = reader(connection.stream(streamId));
    if (reader != null) reader.reset(errorCode);
  }

  @Override
  public void onHeadersRead(
      ChannelHandlerContext ctx,
      int streamId,
      Http2Headers headers,
      int streamDependency,
      short weight,
      boolean exclusive,
      int padding,
      boolean endOfStream)
      throws Http2Exception {
    Http2Stream stream = connection.stream(streamId);
    if (stream != null && !failed) head(stream, (HeaderList) headers, endOfStream);
  }

  @Override
  public void onStreamClosed(Http2Stream stream) {
    FrameStream.Reader reader = reader(stream);
    if (reader != null) reader.closed();
  }

  // ---- what the two ends differ in --------------------------------------------------------

  abstract Clock clock();

  /** A head, or a trailer section. */
  abstract void head(Http2Stream stream, HeaderList fields, boolean ends) throws Http2Exception;

  /** Bytes came. */
  abstract void received(int bytes);

  /** Nothing more to read for now. */
  abstract void burstOver();

  /** A stream was reset for what the peer did. */
  abstract void resetFor(Http2Exception.StreamException cause);

  /** A request's head is larger than its bound. */
  abstract void headTooLarge(Http2Stream stream);

  /** The connection is about to end with that. */
  abstract void failing(Http2Error error);

  /** Nothing can be sent any more; every stream is lost. Called once or, after a failure, twice. */
  abstract void ended();

  /** Makes lists of fields instead of tables. */
  private static final class FieldDecoder extends DefaultHttp2HeadersDecoder {
    FieldDecoder(long listMax) {
      super(false, listMax);
    }

    @Override
    protected Http2Headers newHeaders() {
      return new HeaderList();
    }
  }
}
