/**
 * Many streams over one connection: yamux as a machine without I/O.
 *
 * <p>Start with {@link io.fairlead.libp2p.mux.YamuxSession}, then {@link
 * io.fairlead.libp2p.mux.YamuxStream}, then the two sides it talks to: {@link
 * io.fairlead.libp2p.mux.FrameOutput} (below) and {@link io.fairlead.libp2p.mux.StreamSink}
 * (above).
 *
 * <p>Flow: bytes of the connection → session → sink of a stream, in slices, as they come; pending
 * bytes of a sink → session → output, one frame of each stream in turn while the output is
 * writable. Credit goes back to the peer when the application has consumed, never before.
 *
 * <p>Invariants: a peer never has more credit than the stream's target less what is held; what a
 * connection holds stays below its bound; nothing is queued per frame, only per stream; a stream
 * leaves the table exactly once.
 *
 * <p>Spec: libp2p yamux, {@code /yamux/1.0.0}.
 */
@NullMarked
package io.fairlead.libp2p.mux;

import org.jspecify.annotations.NullMarked;
