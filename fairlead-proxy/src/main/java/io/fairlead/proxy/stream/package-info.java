/**
 * L4 streams: TCP connections and UDP sessions passed on to a server as they are, or chosen by what
 * a TLS client says first.
 *
 * <p>Start with {@link io.fairlead.proxy.stream.StreamService} (what runs), then {@link
 * io.fairlead.proxy.stream.StreamConfig} (what can be said about it), {@link
 * io.fairlead.proxy.stream.StreamRules} (who goes where), and {@code netty} for the handlers.
 *
 * <p>Flow: face → peek at the first bytes, where a route asks for it → rules → upstream port or
 * dialer → splice.
 *
 * <p>Invariants: a face stays the same object across reloads; nothing of a stream is read beyond 64
 * KiB before its server is connected; a stream that new rules forbid is cut at their commit.
 */
@NullMarked
package io.fairlead.proxy.stream;

import org.jspecify.annotations.NullMarked;
