/**
 * What the broker remembers beyond a connection, behind ports: sessions with their subscriptions,
 * what waits for them, retained messages and wills.
 *
 * <p>Start with {@link BrokerStore}, then its four ports; {@link MemoryStore} keeps everything for
 * as long as the process lives. A durable implementation has to pass the same contract test.
 *
 * <p>Invariants: what a {@link BrokerStore.Batch} holds is committed together or not at all;
 * commits complete in the order they were made; reads see every completed commit; a queue entry is
 * put once and removed once.
 */
@NullMarked
package io.fairlead.mqtt.store;

import org.jspecify.annotations.NullMarked;
