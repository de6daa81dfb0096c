/**
 * The broker's stores on disk: RocksDB behind {@link io.fairlead.mqtt.store.BrokerStore}.
 *
 * <p>Start with {@link RocksDbStore} (the ports), then {@link Committer} (the one thread that
 * writes), {@link Ledger} (what a change means in rows) and {@link Database} (files, options,
 * recovery).
 *
 * <p>Flow: an event loop collects a {@link Changes} → {@link Committer} takes all that wait, writes
 * them as one batch and forces it to disk once → completions go back, one task for each executor.
 *
 * <p>Invariants: one thread writes; a batch of the broker is never split over two writes; nothing
 * completes before the write that covers it was forced (durability {@code fsync}) or made ({@code
 * write}); after a failed write nothing completes at all; rows of a session that ended are not
 * written again; a row deleted by {@code SingleDelete} was put exactly once since.
 *
 * <p>The store that is found is the store that was left, or it is refused: a damaged log, a group
 * number below the one noted as forced, a format of another version.
 */
@NullMarked
package io.fairlead.mqtt.rocksdb;

import org.jspecify.annotations.NullMarked;
