/**
 * The HTTP/1 codec: bytes to checked heads and body pieces, and heads back to bytes.
 *
 * <p>Start with {@link io.fairlead.net.http.codec.HeadScanner} (how a head is cut into fields),
 * then {@link io.fairlead.net.http.codec.RequestScanner} and {@link
 * io.fairlead.net.http.codec.ResponseScanner} (what a start line and its framing may look like),
 * {@link io.fairlead.net.http.codec.ChunkDecoder} and {@link
 * io.fairlead.net.http.codec.HeadWriter}.
 *
 * <p>Invariants: any split of the input gives the same result; what is refused is refused with one
 * {@link io.fairlead.net.http.codec.Reject}, never repaired; no byte after a head is consumed.
 * Everything here is confined to one event loop and does no I/O.
 *
 * <p>Spec: RFC 9112 (all of §2–§7), RFC 9110 §5 and §7.6.
 */
@NullMarked
package io.fairlead.net.http.codec;

import org.jspecify.annotations.NullMarked;
