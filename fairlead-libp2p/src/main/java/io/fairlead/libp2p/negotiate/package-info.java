/**
 * multistream-select 1.0: two sides agree on what is spoken next, on a connection or on a stream.
 *
 * <p>Start with {@link io.fairlead.libp2p.negotiate.Proposals} (the side that opened) and {@link
 * io.fairlead.libp2p.negotiate.Answers} (the other); both read whole words with {@link
 * io.fairlead.libp2p.negotiate.WordReader} and say with a {@link
 * io.fairlead.libp2p.negotiate.NextStep} what is to be done. No I/O here.
 *
 * <p>Invariants: not a byte behind the agreement is taken; a word is at most 1024 bytes; a side
 * that proposes more than 100 times is given up.
 *
 * <p>Spec: libp2p connections, "multistream-select".
 */
@NullMarked
package io.fairlead.libp2p.negotiate;

import org.jspecify.annotations.NullMarked;
