/**
 * Translation between channels and the rules of streams.
 *
 * <p>Start with {@link io.fairlead.proxy.stream.netty.StreamFace}; each connection is a {@code
 * StreamConnection} until its server is connected, and a {@link io.fairlead.net.splice.Splice}
 * afterwards.
 *
 * <p>Invariants: everything of one connection happens on its event loop; bytes reach the server in
 * the order they came, and none is dropped unless the stream is refused.
 */
@NullMarked
package io.fairlead.proxy.stream.netty;

import org.jspecify.annotations.NullMarked;
