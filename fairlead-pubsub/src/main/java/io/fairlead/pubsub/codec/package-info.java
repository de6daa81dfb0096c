/**
 * Bytes of JSON-RPC 2.0, of WebSocket frames as a client sees them (RFC 6455) and of JSON on a
 * plain stream.
 *
 * <p>Start with {@link EnvelopeScanner}: it finds what routes a message without building a tree.
 * {@link JsonStreamFramer} and {@link FrameReader} cut messages out of a stream, {@link
 * FrameWriter} makes frames, {@link ServerIdKey} tells which spellings of a server's id are one.
 *
 * <p>Invariants: each byte is looked at a bounded number of times; nothing here trusts a length, a
 * depth or a count from the wire before it is checked.
 */
@NullMarked
package io.fairlead.pubsub.codec;

import org.jspecify.annotations.NullMarked;
