/**
 * HTTP/2, towards clients and towards upstreams, behind the seams of {@link io.fairlead.net.http}:
 * whoever handles or forwards requests does not see which version carries them.
 *
 * <p>Start with {@link io.fairlead.net.http2.NegotiatedEdge} (which version a connection speaks),
 * then {@code ServerSession} (a client's connection) and {@code StreamExchange} (one request on
 * it); the other direction is {@link io.fairlead.net.http2.Http2Upstreams} → {@code ClientSession}
 * → {@code StreamLeg}. Both stand on {@code Session} (frames in and out), {@code FrameStream} (one
 * stream's flow) and {@code StreamChannel} (a stream as a bare byte channel, for tunnels and web
 * sockets). {@code FrameGuard} counts what only an attacker does.
 *
 * <p>A connection that carries nothing but streams of bytes, for tunnels of ours, is a {@link
 * io.fairlead.net.http2.StreamLink}: begin with {@link io.fairlead.net.http2.StreamLinks}. Its
 * frames are made for TLS records by {@code LinkFrames} and {@code FrameRecords}.
 *
 * <p>Invariants: a window is given back only for bytes that were passed on; a head is checked here
 * in full before anybody sees it; a stream's place stays taken until the work it caused at an
 * upstream is over, whatever its client does; everything of a connection happens on its event loop.
 *
 * <p>Spec: RFC 9113, RFC 7541, RFC 8441. Frames, HPACK and the arithmetic of windows are Netty's.
 */
@NullMarked
package io.fairlead.net.http2;

import org.jspecify.annotations.NullMarked;
