/**
 * The messages a node exchanges and signs, as bytes: unsigned varints, a bounded protobuf reader
 * and writer, and one record per message.
 *
 * <p>Start with {@link io.fairlead.libp2p.codec.ProtoReader}; {@link
 * io.fairlead.libp2p.codec.KeyMessage} is the smallest message, {@link
 * io.fairlead.libp2p.codec.IdentifyMessage} the largest. {@link io.fairlead.libp2p.codec.Delimited}
 * frames them on a stream.
 *
 * <p>Invariants: whatever the bytes, reading ends with a record or a {@link
 * io.fairlead.libp2p.codec.MalformedException}, allocates no more than the bytes it was given, and
 * never looks behind the end of its message. Writing is deterministic: fields in the order of their
 * numbers, minimal varints. Nothing here checks a signature or knows what a key is.
 */
@NullMarked
package io.fairlead.libp2p.codec;

import org.jspecify.annotations.NullMarked;
